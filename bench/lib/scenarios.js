/** Runs the scenarios: every subject in turn, round after round. */
import { measure } from "./process.js";
import { median, paired } from "./statistics.js";

/** For each subject: `value`, the median; `ratio` and `beyond`, against the base of the same round. */
export async function runScenario(scenario, { rounds, options, note }) {
  const { id, subjects, base, flags, figure = "cpuUs" } = scenario;
  const figures = Object.fromEntries(subjects.map((subject) => [subject, []]));
  const failed = {};
  for (let round = 0; round < rounds; round++) {
    for (const subject of subjects) {
      if (failed[subject]) continue;
      note(`${id} ${round + 1}/${rounds} ${subject}`);
      try {
        figures[subject].push(await measure(subject, id, options, flags));
      } catch (error) {
        failed[subject] = String(error.stderr || error).trim();
      }
    }
  }
  const of = (subject, name = figure) => figures[subject].map((measured) => measured[name]);
  const rows = {};
  for (const subject of subjects) {
    if (failed[subject]) {
      rows[subject] = { failed: failed[subject] };
      continue;
    }
    const values = of(subject);
    rows[subject] = {
      value: median(values),
      low: Math.min(...values),
      high: Math.max(...values),
      ...(base && {
        ratio: paired(values, of(base), (a, b) => a / b),
        beyond: paired(values, of(base), (a, b) => a - b),
      }),
      ...(figure === "cpuUs" && { wall: median(of(subject, "wallUs")) }),
    };
  }
  const against = {};
  if (figures.ours?.length && figures["raw-signal"]?.length === figures.ours.length) {
    against["ours / raw-signal"] = paired(of("ours"), of("raw-signal"), (a, b) => a / b);
  }
  return { rows, against };
}
