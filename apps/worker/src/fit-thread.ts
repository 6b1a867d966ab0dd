/** What runs in a fit thread: pure numbers in, pure numbers out, with the milliseconds they took. */
import { computeFit, computeTune, type FitAnswer, type FitRequest, type TuneAnswer, type TuneRequest } from "@levain/training";

const clock = (): number => performance.now();

export const tuneInThread = (request: TuneRequest): TuneAnswer => computeTune(request, clock);
export const fitInThread = (request: FitRequest): FitAnswer => computeFit(request, clock);
