import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { onAbort } from "../../../src/provider/base/abort.ts";

test("one listener for all, none when all have left", () => {
  const { signal } = new AbortController();
  const leave = Array.from({ length: 50 }, () => onAbort(signal, () => {}));
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
  for (const stop of leave) stop();
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

test("each that stayed is called once; leaving twice does no harm", () => {
  const controller = new AbortController();
  const called: string[] = [];
  const stop = onAbort(controller.signal, () => called.push("a"));
  onAbort(controller.signal, () => called.push("b"));
  stop();
  stop();
  controller.abort();
  expect(called).toEqual(["b"]);
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
});

test("a callback given twice counts twice", () => {
  const controller = new AbortController();
  let count = 0;
  const callback = () => count++;
  onAbort(controller.signal, callback);
  onAbort(controller.signal, callback);
  controller.abort();
  expect(count).toBe(2);
});
