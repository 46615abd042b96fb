/** What it costs to read bytes once: decoded, parsed as JSON, and looked at character by character. */

/** Nanoseconds of CPU for each byte; the median of some runs. */
export function scanCost(): number {
  const bytes = new TextEncoder().encode(
    JSON.stringify(Array.from({ length: 60_000 }, (_, index) => ({ a: index, b: "text" }))),
  );
  const decoder = new TextDecoder();
  const times = Array.from({ length: 7 }, () => {
    const before = process.cpuUsage();
    const text = decoder.decode(bytes);
    let sum = 0;
    for (let index = 0; index < text.length; index++) sum += text.charCodeAt(index);
    const list = JSON.parse(text) as unknown[];
    if (sum === 0 || list.length === 0) throw new Error("Expected something to have been read");
    const { user, system } = process.cpuUsage(before);
    return ((user + system) * 1000) / bytes.length;
  });
  return times.sort((a, b) => a - b)[3] ?? 0;
}
