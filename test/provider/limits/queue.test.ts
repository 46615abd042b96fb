import fc from "fast-check";
import { expect, it } from "vitest";
import { type Waiter, WaitQueue } from "../../../src/provider/limits/wait-queue.ts";

// More come than leave, so that the heap grows deep enough to go wrong.
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      add: fc.record({ priority: fc.integer({ min: 0, max: 3 }), place: fc.integer({ min: 0, max: 999 }) }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ remove: fc.nat() }) },
  { weight: 1, arbitrary: fc.constant("shift" as const) },
);

it("is always headed by the first of the highest priority, whoever leaves it", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 150, size: "max" }), (steps) => {
      const queue = new WaitQueue<number>();
      const all: Waiter<number>[] = [];
      const leave = (waiter: Waiter<number> | undefined) => {
        if (!waiter) return;
        expect(queue.remove(waiter)).toBe(true);
        expect(queue.remove(waiter)).toBe(false);
        all.splice(all.indexOf(waiter), 1);
      };
      steps.forEach((todo, index) => {
        if (todo === "shift") leave(queue.head);
        else if ("remove" in todo) leave(all[todo.remove % Math.max(1, all.length)]);
        // Two in one place could go in either order.
        else all.push(queue.add(index, todo.add.priority, todo.add.place + index / 1000));
        const [first] = [...all].sort((a, b) => b.priority - a.priority || a.place - b.place);
        expect(queue.head).toBe(first);
        expect(queue.size).toBe(all.length);
      });
      while (all.length > 0) {
        const [first] = [...all].sort((a, b) => b.priority - a.priority || a.place - b.place);
        expect(queue.head).toBe(first);
        leave(queue.head);
      }
      while (all.length > 0) {
        const [first] = [...all].sort((a, b) => b.priority - a.priority || a.place - b.place);
        expect(queue.head).toBe(first);
        leave(queue.head);
      }
    }),
    { numRuns: 200 },
  );
});
