// Merges the result lines of a batch into one file, each with the id of its request and without its images.

import Basics
import Foundation
import Platform
import ProviderKit
import VertexWire

/// The lines of all shards of a batch. A line is identified by the id in its label, otherwise by the content of its
/// request. Of several lines for one request, the most complete one is kept.
struct BatchResults {
    /// One line of a shard.
    private struct Line {
        var shard: Int
        var number: Int
        var id: String?
        /// Identifies the request's texts and images; only computed for a line without an id.
        var content: Digest?
        /// 2 for an answer, 1 for an error, 0 for a line without either.
        var rank: Int
    }

    let shards: [String]
    private var lines: [Line] = []

    init(shards: [String]) { self.shards = shards }

    /// Whether some line does not carry the id of its request.
    var hasLinesWithoutID: Bool { lines.contains { $0.id == nil && $0.content != nil } }

    /// The maximum number of result lines: five for each request of the largest batch.
    private static let maxLines = 1_000_000

    /// Reads all shards once.
    /// - Throws: `ProviderError.unreadable` for more lines than a batch can have.
    mutating func scan() throws {
        for (shard, path) in shards.enumerated() {
            let file = try LineFile(path: path)
            var number = 0
            while let bytes = try file.next() {
                defer { number += 1 }
                guard bytes.contains(where: { $0 > 0x20 }) else { continue }
                guard lines.count < BatchResults.maxLines else {
                    throw ProviderError.unreadable(
                        operation: "read results", status: 200,
                        reason: "the batch has more than \(BatchResults.maxLines) result lines")
                }
                let received = try? ReceivedProto(bytes)
                let line = try? received?.value.decoded(as: BatchOutputLine.self)
                let id = received?.lineID
                // A line that contradicts itself has no answer that could count more than another line's.
                let isClear = received?.contradiction(among: BatchOutputLine.decisiveNames) == nil
                let hasAnswer = isClear && line?.response?.object?.isEmpty == false
                let hasError = line?.status?.isEmpty == false
                lines.append(
                    Line(
                        shard: shard, number: number, id: id,
                        content: id == nil ? line?.request.flatMap(BatchResults.content) : nil,
                        rank: hasAnswer ? 2 : hasError || line == nil || !isClear ? 1 : 0))
            }
        }
    }

    /// Finds the ids of lines without one by the content of the requests in the batch's input. Equal requests have
    /// exchangeable answers.
    mutating func match(inputAt path: String) throws {
        var open: [Digest: [String]] = [:]
        let taken = Set(lines.compactMap(\.id))
        let file = try LineFile(path: path)
        while let bytes = try file.next() {
            guard let request = try? JSONValue(parsing: bytes)["request"],
                let id = request["labels"]?[VertexDialect.idLabel]?.string, !taken.contains(id),
                let content = BatchResults.content(request)
            else { continue }
            open[content, default: []].append(id)
        }
        var given: [Digest: Int] = [:]
        // The most complete lines come first, so that a line without an answer does not take the id of a line with one.
        for index in lines.indices.sorted(by: { (lines[$1].rank, $0) < (lines[$0].rank, $1) })
        where lines[index].id == nil {
            guard let content = lines[index].content, let ids = open[content] else { continue }
            let next = given[content, default: 0]
            // A second line for the last request is a repetition of it.
            lines[index].id = ids[min(next, ids.count - 1)]
            given[content] = next + 1
        }
    }

    /// Writes one line per request.
    func write(to path: String) throws {
        var best: [String: Int] = [:]
        for (index, line) in lines.enumerated() {
            guard let id = line.id else { continue }
            if let other = best[id], lines[other].rank >= line.rank { continue }
            best[id] = index
        }
        FileManager.default.createFile(atPath: path, contents: nil)
        guard let output = FileHandle(forWritingAtPath: path) else { throw FileError.missing(path: path) }
        defer { try? output.close() }
        try output.truncate(atOffset: 0)
        var next = 0
        for (shard, source) in shards.enumerated() {
            let file = try LineFile(path: source)
            var number = 0
            while let bytes = try file.next() {
                defer { number += 1 }
                guard next < lines.count, lines[next].shard == shard, lines[next].number == number else { continue }
                let index = next
                next += 1
                let line = lines[index]
                if let id = line.id, best[id] != index { continue }
                try output.write(contentsOf: BatchResults.shortened(bytes, id: line.id) + [UInt8(ascii: "\n")])
            }
        }
    }

    /// The line with only the label of its request, which may hold megabytes of images. A line that contradicts itself
    /// is kept whole.
    private static func shortened(_ bytes: Data, id: String?) -> Data {
        guard let received = try? ReceivedProto(bytes), received.contradicted.isEmpty,
            case .object(var members) = received.value
        else { return bytes }
        if members["response"] == nil, let answer = members["prediction"] { members["response"] = answer }
        members["prediction"] = nil
        members["request"] = id.map { ["labels": [VertexDialect.idLabel: .string($0)]] } ?? .object([:])
        return Data(JSONValue.object(members).canonicalBytes)
    }

    /// Identifies a request by its texts and images in order. The service normalizes everything else.
    static func content(_ request: JSONValue) -> Digest? {
        let named = ProtoNames.camelCase(request)
        func contents(_ value: JSONValue?) -> [Content] {
            (value?.array ?? value.map { [$0] } ?? []).compactMap { try? $0.decoded(as: Content.self) }
        }
        var words: [String] = []
        for content in contents(named["systemInstruction"]) + contents(named["contents"]) {
            for part in content.parts ?? [] {
                if let text = part.text { words.append("text " + Digest(of: text).hex) }
                if let uri = part.fileData?.fileUri { words.append("file " + uri) }
                if let data = part.inlineData?.data?.data { words.append("data " + Digest(of: data).hex) }
            }
        }
        return words.isEmpty ? nil : Digest(of: words.joined(separator: "\n"))
    }
}
