// Times the two data paths that move every byte of a dataset, for scripts/bench-data: writing request lines and
// digesting images. Prints one JSON object.

import Artifacts
import Basics
import Foundation
import Planning
import Platform
import Specification
import Steps

/// All files of a folder's folders, sorted by path.
func filesFound(below folder: String) throws -> [FoundFile] {
    let system = LocalFileSystem()
    return try system.list(folder).sortedByBytes().flatMap { inner in
        try system.list(folder + "/" + inner).sortedByBytes().compactMap { name in
            let path = folder + "/" + inner + "/" + name
            return try system.status(path).map { FoundFile(path: path, status: $0) }
        }
    }
}

/// The most memory that this process has held, in kilobytes.
func peakKilobytes() -> Int {
    var usage = rusage()
    getrusage(RUSAGE_SELF.rawValue, &usage)
    return usage.ru_maxrss
}

func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }

/// Writes a batch of all images, as the published experiment asks them.
func writeRequests(_ folder: String, to output: String) async throws -> JSONValue {
    let files = try filesFound(below: folder)
    let labels = (0..<120).map { "Label Number \($0)" }
    let prompt = PromptSpec(
        system: "Classify the following input image into one of the following categories: [{{ labels }}].")
    let request = RequestSpec(
        prompt: "classify", detail: .low, answer: .json(property: "breed", name: "BreedClassifierOutput"))
    let template = RequestTemplate(AskedRequest(request, prompt: prompt), labels: labels)
    let clock = ContinuousClock()
    let start = clock.now
    let shards = try await JSONLWriter(folder: URL(filePath: output), name: "requests").write(count: files.count) {
        let file = files[$0]
        let image = ImageFile(path: file.path, digest: Digest(of: file.path), bytes: Int(file.status.size))
        return template.batchLine(customID: String($0), model: "gpt-4o-batch", image: image)
    }
    let elapsed = clock.now - start
    return [
        "seconds": .double(seconds(elapsed)), "bytes": .int(Int64(shards.reduce(0) { $0 + $1.bytes })),
        "digests": .array(shards.map { .string($0.digest.hex) }), "peak_kb": .int(Int64(peakKilobytes())),
    ]
}

/// Digests all images through a stat cache at a path: cold when nothing is there.
func index(_ folder: String, cache path: String) throws -> JSONValue {
    let clock = ContinuousClock()
    let start = clock.now
    let files = try filesFound(below: folder)
    let digests = try StatCache(path: path).digests(of: files, threads: ProcessInfo.processInfo.activeProcessorCount)
    var all = DigestBuilder()
    for digest in digests { all.update(Data(try digest.get().digest.hex.utf8)) }
    let elapsed = clock.now - start
    return [
        "seconds": .double(seconds(elapsed)), "files": .int(Int64(files.count)), "digest": .string(all.finish().hex),
        "peak_kb": .int(Int64(peakKilobytes())),
    ]
}

let arguments = Array(ProcessInfo.processInfo.arguments.dropFirst())
switch arguments.first {
case "jsonl" where arguments.count == 3:
    print(try await writeRequests(arguments[1], to: arguments[2]).canonical)
case "index" where arguments.count == 3:
    print(try index(arguments[1], cache: arguments[2]).canonical)
default:
    print("usage: assay-bench jsonl IMAGES OUTPUT | index IMAGES CACHE")
    exit(2)
}
