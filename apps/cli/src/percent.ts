/** A share in per cent, to a tenth; a dash where there is none, such as of no sales at all. */
export const percent = (share: number | null): string => (share === null || !Number.isFinite(share) ? "–" : `${(100 * share).toFixed(1)} %`);
