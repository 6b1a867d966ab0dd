/** What runs in a fit thread: pure numbers in, pure numbers out, with the milliseconds they took. */
import { computeFit, computeJudgement, computeTune, type FitAnswer, type FitRequest, type JudgeAnswer, type JudgeRequest, type TuneAnswer, type TuneRequest } from "@levain/training";

const clock = (): number => performance.now();

export const tuneInThread = (request: TuneRequest): TuneAnswer => computeTune(request, clock);
export const judgeInThread = (request: JudgeRequest): JudgeAnswer => computeJudgement(request);
export const fitInThread = (request: FitRequest): FitAnswer => computeFit(request, clock);
