/** Runs the scenarios: every subject in turn, round after round. */
import { measure } from "./process.js";
import { median, paired } from "./statistics.js";
import { SUBJECTS } from "./subjects.js";

/**
 * For each subject: `value`, the median; `against[base]`, its `ratio` to and what it takes `beyond` that base, each the
 * median of what the rounds gave. A subject that failed has `failed` instead.
 */
export async function runScenario(scenario, lineup, { rounds, options, note }) {
  const { id, bases, flags, figure = "cpuUs", loopback } = scenario;
  const subjects = lineup.subjects.filter((name) => loopback || !SUBJECTS[name].loopbackOnly);
  const figures = Object.fromEntries(subjects.map((subject) => [subject, []]));
  const failed = {};
  for (let round = 0; round < rounds; round++) {
    for (const subject of subjects) {
      if (failed[subject]) continue;
      note(`${id}, Node ${lineup.version}, ${round + 1}/${rounds} ${subject}`);
      try {
        figures[subject].push(await measure(lineup.binary, subject, id, options, flags));
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
    const against = {};
    for (const base of bases) {
      if (failed[base]) continue;
      against[base] = {
        ratio: paired(values, of(base), (a, b) => a / b),
        beyond: paired(values, of(base), (a, b) => a - b),
      };
    }
    rows[subject] = {
      value: median(values),
      low: Math.min(...values),
      high: Math.max(...values),
      against,
      ...(figure === "cpuUs" && { wall: median(of(subject, "wallUs")) }),
    };
  }
  return rows;
}
