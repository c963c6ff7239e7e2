// The packed index of all results. Planning looks up 10,000 keys at a time; the index can be rebuilt from the
// results.

import Basics
import Foundation
import Platform

/// The contents of the index file when it was read, plus later additions. The result files are authoritative: a key
/// that is missing here is looked up there.
struct ResultIndex {
    static let header = "ASSAYRX1"

    /// The index file's bytes; the dictionary's values are ranges of records in it.
    private var bytes = Data()
    private var places: [Digest: Range<Int>] = [:]
    private var added: [Digest: ResultSummary] = [:]
    /// The keys of `added`, in insertion order.
    private var addedOrder: [Digest] = []

    init() {}

    /// `nil` when the bytes are not an index.
    init?(_ bytes: Data, log: PackedLog) {
        self.bytes = bytes
        var places: [Digest: Range<Int>] = [:]
        places.reserveCapacity(bytes.count / 256)
        let known = bytes.withUnsafeBytes { all in
            log.scan(all) { record, place in
                var reader = ByteReader(bytes: record)
                guard let key = reader.digest() else { return }
                // A record that consists of a key alone removes the key.
                places[key] = record.count == 32 ? nil : place
            }
        }
        guard known else { return nil }
        self.places = places
    }

    var count: Int { places.count + added.count }

    func summary(_ key: StepKey) -> ResultSummary? {
        let short = key.digest
        return added[short] ?? places[short].flatMap(decode)
    }

    mutating func insert(_ summary: ResultSummary) {
        let key = summary.key.digest
        places[key] = nil
        if added.updateValue(summary, forKey: key) == nil { addedOrder.append(key) }
    }

    mutating func remove(_ key: StepKey) {
        let short = key.digest
        places[short] = nil
        if added.removeValue(forKey: short) != nil { addedOrder.removeAll { $0 == short } }
    }

    /// All results, in recording order.
    var all: [ResultSummary] {
        places.values.sorted { $0.lowerBound < $1.lowerBound }.compactMap(decode)
            + addedOrder.compactMap { added[$0] }
    }

    /// The latest recorded result of a step in an experiment.
    func latest(_ step: StepID, experiment: String) -> ResultSummary? {
        func fits(_ summary: ResultSummary) -> Bool { summary.step == step && summary.experiment == experiment }
        if let found = addedOrder.lazy.reversed().compactMap({ added[$0] }).first(where: fits) { return found }
        return places.values.sorted { $0.lowerBound > $1.lowerBound }.lazy.compactMap(decode).first(where: fits)
    }

    private func decode(_ place: Range<Int>) -> ResultSummary? {
        bytes.withUnsafeBytes { ResultIndex.decode(UnsafeRawBufferPointer(rebasing: $0[place])) }
    }

    static func encode(_ summary: ResultSummary) -> Data {
        var record = Data(capacity: 256)
        record.append(digest: summary.key.digest)
        record.append(string: summary.step.text)
        record.append(string: summary.experiment)
        record.append(string: summary.kind)
        record.append(string: summary.run.text)
        record.append(double: summary.createdAt.timeIntervalSince1970)
        record.append(double: summary.seconds)
        record.append(integer: UInt32(summary.outputs.count))
        for output in summary.outputs {
            record.append(string: output.name)
            record.append(digest: output.digest)
            record.append(integer: output.bytes)
        }
        return record
    }

    /// The record that removes a key.
    static func removal(of key: StepKey) -> Data {
        var record = Data(capacity: 32)
        record.append(digest: key.digest)
        return record
    }

    static func decode(_ record: UnsafeRawBufferPointer) -> ResultSummary? {
        var reader = ByteReader(bytes: record)
        guard let key = reader.digest(), let step = reader.string(), let experiment = reader.string(),
            let kind = reader.string(), let run = reader.string(), let created = reader.double(),
            let seconds = reader.double(), let count = reader.integer(UInt32.self)
        else { return nil }
        var outputs: [StepOutput] = []
        for _ in 0..<count {
            guard let name = reader.string(), let digest = reader.digest(),
                let bytes = reader.integer(Int64.self)
            else { return nil }
            outputs.append(StepOutput(name: name, digest: digest, bytes: bytes))
        }
        return ResultSummary(
            key: StepKey(key), kind: kind, step: StepID(step), experiment: experiment, outputs: outputs,
            createdAt: Date(timeIntervalSince1970: created), seconds: seconds, run: RunID(run))
    }
}
