import type { Comparison } from "../compare/comparison.js";
export function renderReport(comparison: Comparison): string {
  return JSON.stringify(comparison.plan);
}
