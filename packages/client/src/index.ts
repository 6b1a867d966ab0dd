/** The API as a typed client: addresses, bodies and answers are generated from the description that the producer serves. */
export { connectLevain, type AnswerOf, type Levain } from "./client.js";
export { everyItem } from "./every-item.js";
export { ApiProblem } from "./problem.js";
