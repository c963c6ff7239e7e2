// Measurements for scripts/bench that the command line cannot make: the two data paths that move every byte of a
// dataset, timed separately, and a store with many results. Prints one JSON object.

import Artifacts
import Basics
import Foundation
import Ledger
import Planning
import Platform
import ProviderKit
import Providers
import Specification
import Steps

/// The most memory that this process has held, in kilobytes. `getrusage` would count that of the process which
/// started it.
func peakKilobytes() throws -> Int {
    let lines = try String(contentsOfFile: "/proc/self/status", encoding: .utf8).split(separator: "\n")
    let words = lines.first { $0.hasPrefix("VmHWM") }?.split(whereSeparator: \.isWhitespace) ?? []
    return words.count > 1 ? Int(words[1]) ?? 0 : 0
}

func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }

/// Writes a batch of all images, as the published experiment asks them.
func writeRequests(_ folder: String, to output: String) async throws -> JSONValue {
    let files = try files(below: folder)
    let labels = (0..<120).map { "Label Number \($0)" }
    let prompt = PromptSpec(
        system: "Classify the following input image into one of the following categories: [{{ labels }}].")
    let request = RequestSpec(
        prompt: "classify", detail: .low, answer: .json(property: "breed", name: "BreedClassifierOutput"))
    let template = RequestTemplate(
        PreparedRequest(request, prompt: prompt), labels: labels, dialect: try builtInProviders.dialect(nil))
    let clock = ContinuousClock()
    let start = clock.now
    let shards = try await JSONLWriter(folder: URL(filePath: output), name: "requests").write(count: files.count) {
        let file = files[$0]
        let image = ImageFile(path: file.path, digest: Digest(of: file.path), bytes: Int(file.status.size))
        return template.batchLine(customID: String($0), model: "gpt-4o-batch", images: [image])
    }
    let elapsed = clock.now - start
    return [
        "seconds": .double(seconds(elapsed)), "bytes": .int(Int64(shards.reduce(0) { $0 + $1.bytes })),
        "digests": .array(shards.map { .string($0.digest.hex) }), "peak_kb": .int(Int64(try peakKilobytes())),
    ]
}

/// Digests all images through a stat cache at a path: cold when nothing is there.
func index(_ folder: String, cache path: String) throws -> JSONValue {
    let files = try files(below: folder)
    let digests = try StatCache(path: path).digests(of: files, threads: ProcessInfo.processInfo.activeProcessorCount)
    var all = DigestBuilder()
    for digest in digests { all.update(Data(try digest.get().digest.hex.utf8)) }
    return ["files": .int(Int64(files.count)), "digest": .string(all.finish().hex)]
}

/// Fills a state folder with results that have an object each, and with the runs that made them.
func fill(_ folder: String, count: Int, stepsOfRun: Int) throws -> JSONValue {
    try LocalFileSystem().makeFolder(folder)
    let store = try ArtifactStore(root: folder)
    let ledger = try Ledger(path: folder + "/ledger.sqlite")
    // Old enough for garbage collection.
    let start = Date(timeIntervalSince1970: 1_700_000_000)
    for first in stride(from: 0, to: count, by: stepsOfRun) {
        let run = RunID("run-\(first)")
        var steps: [RunStep] = []
        for index in first..<min(first + stepsOfRun, count) {
            let object = try store.put(Data("output \(index)".utf8))
            let step = StepID("run-command:s\(index)")
            let parts = (0..<6).map { KeyPart(name: "part.\($0)", value: .string("value \(index) of part \($0)")) }
            let key = Step.key(kind: .runCommand, parts: parts)
            try store.publish(
                ResultManifest(
                    key: key, kind: StepKind.runCommand.rawValue, step: step, experiment: "filled", parts: parts,
                    outputs: [StepOutput(name: "out", digest: object.digest, bytes: object.bytes)],
                    createdAt: start.addingTimeInterval(Double(index)), seconds: 0.001, run: run, tool: "bench"))
            steps.append(RunStep(step: step, kind: StepKind.runCommand.rawValue, key: key, state: "ran", seconds: 0.001))
        }
        try ledger.startRun(run, experiment: "filled", spec: "filled.yaml")
        try ledger.recordSteps(steps, of: run)
        try ledger.finishRun(run, state: "done")
    }
    return ["results": .int(Int64(count))]
}

/// Reads a file's JSON lines with this project's parser and with Foundation's decoder.
func readJSON(_ path: String) throws -> JSONValue {
    let lines = try LocalFileSystem().read(path).split(separator: UInt8(ascii: "\n")).map { Data($0) }
    let clock = ContinuousClock()
    var values: [JSONValue] = []
    let own = try clock.measure { values = try lines.map { try JSONValue(parsing: $0) } }
    var others: [JSONValue] = []
    let decoder = JSONDecoder()
    let foundation = try clock.measure { others = try lines.map { try decoder.decode(JSONValue.self, from: $0) } }
    return [
        "lines": .int(Int64(lines.count)), "own_seconds": .double(seconds(own)),
        "foundation_seconds": .double(seconds(foundation)), "same": .bool(values == others),
    ]
}

let arguments = Array(ProcessInfo.processInfo.arguments.dropFirst())
switch arguments.first {
case "jsonl" where arguments.count == 3:
    print(try await writeRequests(arguments[1], to: arguments[2]).canonical)
case "index" where arguments.count == 3:
    print(try index(arguments[1], cache: arguments[2]).canonical)
case "fill" where arguments.count == 4:
    print(try fill(arguments[1], count: Int(arguments[2]) ?? 0, stepsOfRun: Int(arguments[3]) ?? 1_000).canonical)
case "json" where arguments.count == 2:
    print(try readJSON(arguments[1]).canonical)
default:
    print("usage: assay-bench jsonl IMAGES OUTPUT | index IMAGES CACHE | json FILE | fill STATE COUNT STEPS_A_RUN")
    exit(2)
}
