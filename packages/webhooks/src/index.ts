/** Tells a tenant's receivers what happened: signs a message and posts it once. */
export { type SendLimits } from "./limits.js";
export { webhookSecret } from "./secret.js";
export { openSender, type AddressGuard, type Message, type Receiver, type Sender, type SenderOptions } from "./sender.js";
