/** What we use of ml-regression, which ships no types. */
declare module "ml-regression" {
  /** Multivariate linear regression by the pseudo-inverse of XᵀX. */
  export class MultivariateLinearRegression {
    /** @param x shape (n, k) @param y shape (n, 1) */
    constructor(x: readonly (readonly number[])[], y: readonly (readonly number[])[], options?: { readonly intercept?: boolean; readonly statistics?: boolean });
    /** Shape (k, 1), with the intercept as an extra last row where one was asked for. */
    readonly weights: number[][];
  }
}
