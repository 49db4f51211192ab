import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type JournalRecord, JournalWriter, journalRecords, readJournal } from "../../../main/runs/journal.ts";
import { temporaryFolder } from "./support.ts";

const HEADER_BYTES = 11;

function newJournal(): string {
  return path.join(temporaryFolder(), "journal");
}

function columns(n: number, first = 0) {
  return {
    metric: Uint16Array.from({ length: n }, () => 0),
    iteration: Uint32Array.from({ length: n }, (_, i) => first + i),
    step: Float64Array.from({ length: n }, (_, i) => 10 * (first + i)),
    wallSeconds: Float64Array.from({ length: n }, (_, i) => (first + i) / 3),
    value: Float64Array.from({ length: n }, (_, i) => Math.sin(first + i)),
  };
}

/** A journal of an attempt with one metric and three events; returns where each record begins. */
function threeEvents(file: string): number[] {
  const writer = JournalWriter.open(file, { attempt: 1 });
  for (const text of ["first", "second", "third"]) writer.event({ type: "mark", text, at: 0 });
  writer.close();
  return readJournal(file).records.map((record) => record.offset);
}

function texts(records: Iterable<JournalRecord>): unknown[] {
  return [...records].map((record) =>
    record.kind === "event" ? (record.event as { text: string }).text : record.kind,
  );
}

const pointArbitrary = fc.record({
  iteration: fc.nat(),
  step: fc.double(),
  wallSeconds: fc.double(),
  value: fc.double(),
});
const actionArbitrary = fc.oneof(
  fc.record({ do: fc.constant("event" as const), event: fc.jsonValue() }),
  fc.record({ do: fc.constant("points" as const), points: fc.array(pointArbitrary, { maxLength: 40 }) }),
  fc.record({ do: fc.constant("metric" as const), id: fc.string() }),
  fc.record({ do: fc.constant("flush" as const) }),
);

describe("journal", () => {
  it("gives back whatever was written, in order, with attempt and sequence", () => {
    const folder = temporaryFolder();
    let files = 0;
    fc.assert(
      fc.property(
        fc.array(fc.array(actionArbitrary, { maxLength: 20 }), { minLength: 1, maxLength: 3 }),
        (attempts) => {
          const file = path.join(folder, `journal-${files++}`);
          const expected: unknown[] = [];
          for (const [index, actions] of attempts.entries()) {
            const attempt = index + 1;
            const writer = JournalWriter.open(file, { attempt });
            let sequence = 0;
            let metrics = 0;
            const expect1 = (rest: object) => expected.push({ attempt, sequence: sequence++, ...rest });
            const declare = (id: string) => {
              expect1({ kind: "metrics", metrics: [{ index: metrics, id }] });
              expect(writer.declareMetric(id)).toBe(metrics++);
            };
            declare("train/loss");
            for (const action of actions) {
              if (action.do === "flush") writer.flush();
              else if (action.do === "metric") declare(action.id);
              else if (action.do === "event") {
                writer.event(action.event);
                expect1({ kind: "event", event: JSON.parse(JSON.stringify(action.event)) });
              } else if (action.points.length > 0) {
                const written = {
                  metric: Uint16Array.from(action.points, (_, i) => i % metrics),
                  iteration: Uint32Array.from(action.points, (point) => point.iteration),
                  step: Float64Array.from(action.points, (point) => point.step),
                  wallSeconds: Float64Array.from(action.points, (point) => point.wallSeconds),
                  value: Float64Array.from(action.points, (point) => point.value),
                };
                writer.points(written);
                expect1({ kind: "points", ...written });
              }
            }
            writer.close();
          }
          const block = readJournal(file);
          expect(block).toMatchObject({ torn: false, more: false, nextOffset: statSync(file).size });
          expect(block.records.map(({ offset, ...rest }) => rest)).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("keeps every bit of a value: NaN, infinities, minus zero, denormals", () => {
    const file = newJournal();
    const value = Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 5e-324, 0.1);
    const writer = JournalWriter.open(file, { attempt: 1 });
    writer.declareMetric("x");
    writer.points({ ...columns(6), value });
    writer.close();
    const record = readJournal(file).records[1];
    expect(record?.kind === "points" && Buffer.from(record.value.slice().buffer)).toEqual(Buffer.from(value.buffer));
  });

  it("goes on reading from where it stopped as the file grows", () => {
    const file = newJournal();
    expect(readJournal(file)).toEqual({ records: [], nextOffset: 0, torn: false, more: false });
    const writer = JournalWriter.open(file, { attempt: 1 });
    let offset = readJournal(file).nextOffset;
    expect(offset).toBe(HEADER_BYTES);
    for (let i = 0; i < 5; i++) {
      writer.event({ text: String(i) });
      expect(readJournal(file, offset).records).toEqual([]); // waits in memory until the flush
      writer.flush();
      const block = readJournal(file, offset);
      expect(texts(block.records)).toEqual([String(i)]);
      offset = block.nextOffset;
    }
    writer.close();
  });

  it("reads a journal of many blocks in bounded memory, no point lost or doubled", () => {
    const file = newJournal();
    const writer = JournalWriter.open(file, { attempt: 1 });
    writer.declareMetric("x");
    const sizes = [1, 70_000, 33, 65_536, 200_000, 5, 65_537];
    let written = 0;
    for (let round = 0; round < 2; round++) {
      for (const size of sizes) {
        writer.points(columns(size, written));
        written += size;
      }
    }
    writer.close();
    let blocks = 0;
    let next = 0;
    for (let offset = 0, more = true; more; blocks++) {
      const block = readJournal(file, offset);
      let bytes = 0;
      for (const record of block.records) {
        if (record.kind !== "points") continue;
        bytes += 30 * record.value.length;
        for (const iteration of record.iteration) if (iteration !== next++) throw new Error(`point ${next} is missing`);
      }
      expect(bytes).toBeLessThan(5_000_000);
      offset = block.nextOffset;
      more = block.more;
    }
    expect(next).toBe(written);
    expect(blocks).toBeGreaterThan(3);
  });

  it("refuses columns of different lengths and metrics that were not declared", () => {
    const writer = JournalWriter.open(newJournal(), { attempt: 1 });
    expect(() => writer.points(columns(1))).toThrow("metric 0 was not declared");
    writer.declareMetric("x");
    expect(() => writer.points({ ...columns(3), value: new Float64Array(2) })).toThrow(RangeError);
    writer.close();
  });

  it("continues the sequence when the same attempt opens it again", () => {
    const file = newJournal();
    for (let i = 0; i < 3; i++) {
      const writer = JournalWriter.open(file, { attempt: 1 });
      writer.event({ i });
      writer.close();
    }
    expect(readJournal(file).records.map((record) => record.sequence)).toEqual([0, 1, 2]);
  });
});

describe("a journal torn by a kill", () => {
  it("is read up to its last whole record, wherever the last record was cut", () => {
    const file = newJournal();
    const offsets = threeEvents(file);
    const whole = readFileSync(file);
    for (let size = offsets[2] as number; size < whole.length; size++) {
      writeFileSync(file, whole.subarray(0, size));
      const block = readJournal(file);
      expect(texts(block.records)).toEqual(["first", "second"]);
      expect(block).toMatchObject({ nextOffset: offsets[2], torn: size > (offsets[2] as number), more: false });
    }
  });

  it("may have lost its last bytes to zeros, as after a power cut", () => {
    const file = newJournal();
    const offsets = threeEvents(file);
    const bytes = readFileSync(file);
    for (let from = offsets[2] as number; from < bytes.length; from++) {
      writeFileSync(file, Buffer.from(bytes).fill(0, from));
      expect(readJournal(file)).toMatchObject({ nextOffset: offsets[2], torn: true });
    }
  });

  it("is continued by the next attempt without being cut, wherever it was torn, twice in a row", () => {
    const file = newJournal();
    const offsets = threeEvents(file);
    const whole = readFileSync(file);
    for (let size = (offsets[1] as number) + 1; size < (offsets[2] as number); size++) {
      const torn = whole.subarray(0, size);
      writeFileSync(file, torn);
      const reader = readJournal(file);
      const second = JournalWriter.open(file, { attempt: 2 });
      second.event({ text: "of attempt 2" });
      second.event({ text: "cut again" });
      second.close();
      truncateSync(file, statSync(file).size - 3);
      const third = JournalWriter.open(file, { attempt: 3 });
      third.event({ text: "of attempt 3" });
      third.close();

      expect(readFileSync(file).subarray(0, size)).toEqual(torn);
      expect(texts(journalRecords(file))).toEqual(["first", "of attempt 2", "of attempt 3"]);
      // A reader that had stopped at the torn bytes finds the same.
      expect(texts(readJournal(file, reader.nextOffset).records)).toEqual(["of attempt 2", "of attempt 3"]);
    }
  });

  it("is continued when the very record that passes over the torn bytes was torn", () => {
    const file = newJournal();
    const offsets = threeEvents(file);
    const tornSize = (offsets[2] as number) + 5;
    truncateSync(file, tornSize);
    const second = JournalWriter.open(file, { attempt: 2 });
    second.event({ text: "x" });
    second.close();
    const whole = readFileSync(file);
    for (let size = tornSize + 1; size < tornSize + 29; size++) {
      writeFileSync(file, whole.subarray(0, size));
      expect(readJournal(file)).toMatchObject({ nextOffset: offsets[2], torn: true });
      const third = JournalWriter.open(file, { attempt: 3 });
      third.event({ text: "of attempt 3" });
      third.close();
      expect(texts(journalRecords(file))).toEqual(["first", "second", "of attempt 3"]);
    }
  });

  it("is completed when it was killed within its header", () => {
    for (let size = 0; size < HEADER_BYTES; size++) {
      const file = newJournal();
      threeEvents(file);
      truncateSync(file, size);
      expect(readJournal(file)).toMatchObject({ records: [], nextOffset: 0, torn: size > 0 });
      const writer = JournalWriter.open(file, { attempt: 1 });
      writer.event({ text: "after" });
      writer.close();
      expect(texts(journalRecords(file))).toEqual(["after"]);
    }
  });
});

describe("a journal damaged in the middle", () => {
  it("is an error that names file and offset, whichever bit was flipped", () => {
    const file = newJournal();
    const offsets = threeEvents(file);
    const whole = readFileSync(file);
    for (let byte = HEADER_BYTES; byte < (offsets[2] as number); byte++) {
      for (let bit = 0; bit < 8; bit++) {
        const bytes = Buffer.from(whole);
        bytes[byte] = (bytes[byte] as number) ^ (1 << bit);
        writeFileSync(file, bytes);
        const begin = byte < (offsets[1] as number) ? offsets[0] : offsets[1];
        expect(() => readJournal(file)).toThrow(
          expect.objectContaining({
            code: "journal-damaged",
            message: expect.stringMatching(new RegExp(`${file} is damaged at offset ${begin}:`)),
          }),
        );
      }
    }
  });

  it("is found in a later block too, and a writer refuses to continue it", () => {
    const file = newJournal();
    const writer = JournalWriter.open(file, { attempt: 1 });
    writer.declareMetric("x");
    for (let i = 0; i < 6; i++) writer.points(columns(60_000));
    writer.close();
    const bytes = readFileSync(file);
    const records = [...journalRecords(file)];
    const damagedRecord = records[5] as JournalRecord;
    bytes.writeUInt32LE(0xffffffff, damagedRecord.offset); // a length that reaches beyond the end
    writeFileSync(file, bytes);
    const error = expect.objectContaining({
      code: "journal-damaged",
      message: expect.stringContaining(`at offset ${damagedRecord.offset}:`),
    });
    expect(() => [...journalRecords(file)]).toThrow(error);
    expect(() => JournalWriter.open(file, { attempt: 2 })).toThrow(error);
    expect(readFileSync(file).equals(bytes)).toBe(true);
  });

  it("does not take a skip record's word for bytes other than those it names", () => {
    const file = newJournal();
    const offsets = threeEvents(file);
    appendFileSync(file, Buffer.of(1, 2, 3));
    const writer = JournalWriter.open(file, { attempt: 2 });
    writer.event({ text: "after" });
    writer.close();
    expect(texts(journalRecords(file))).toEqual(["first", "second", "third", "after"]);
    const bytes = readFileSync(file);
    bytes[(offsets[2] as number) + 25] = 0; // the last whole record before the torn bytes
    writeFileSync(file, bytes);
    expect(() => readJournal(file)).toThrow(`damaged at offset ${offsets[2]}:`);
  });

  it("refuses other files, newer formats by name, and a file that has become shorter", () => {
    const file = newJournal();
    threeEvents(file);
    const bytes = readFileSync(file);
    const { nextOffset } = readJournal(file);
    truncateSync(file, bytes.length - 1);
    expect(() => readJournal(file, nextOffset)).toThrow(expect.objectContaining({ code: "journal-damaged" }));
    bytes.writeUInt16LE(2, 9);
    writeFileSync(file, bytes);
    expect(() => readJournal(file)).toThrow(
      expect.objectContaining({ code: "format-newer", message: expect.stringContaining("format version 2") }),
    );
    writeFileSync(file, "something else");
    expect(() => readJournal(file)).toThrow("does not begin as a journal does");
  });
});
