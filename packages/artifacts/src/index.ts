/** Keeps fitted models by their content, in a folder or a bucket, and hands out none that is not what was stored. */
export { ArtifactEnv, openArtifacts, type ArtifactSettings } from "./address.js";
export { createModelLoader, type LoadModel, type NamedModel } from "./load-model.js";
export { readArtifact, type Named, type Verified } from "./read-artifact.js";
export { sha256Of, type ArtifactStore, type StoredArtifact } from "./store.js";
