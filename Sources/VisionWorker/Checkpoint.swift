// Checkpoints: everything needed to continue training, in one safetensors file.

import Foundation
package import VisionProtocol

/// Reads and writes checkpoints: parameters and buffers under their own names, optimizer state under `optimizer.…`,
/// generator state under `generator`, and the record as JSON in the metadata.
package struct Checkpoint: Sendable {
    static let format = 1
    private static let recordKey = "assay.checkpoint"
    private static let generatorKey = "generator"

    /// The provenance of the checkpoint; network, labels and epoch must match the request to continue training.
    package var record: CheckpointRecord
    /// All tensors by their names in the file.
    package var tensors: [String: StoredTensor]

    init(_ record: CheckpointRecord, network: Network, optimizer: Optimizer, generator: TorchGenerator) throws {
        self.record = record
        tensors = try network.stored()
        tensors.merge(try optimizer.stored()) { _, new in new }
        tensors[Self.generatorKey] = StoredTensor(try generator.state())
    }

    /// - Throws: `WeightsError`, naming the file.
    package init(reading path: String) throws(WeightsError) {
        let data = try WeightsFile.bytes(of: path)
        do {
            let file = try SafetensorsFile(parsing: data)
            guard let text = file.metadata[Self.recordKey] else { throw WeightsError.malformed("not a checkpoint") }
            struct Version: Decodable { var format: Int }
            let version = try JSONDecoder().decode(Version.self, from: Data(text.utf8)).format
            guard version <= Self.format else {
                throw WeightsError.malformed("its format \(version) is newer than this program's \(Self.format)")
            }
            record = try JSONDecoder().decode(CheckpointRecord.self, from: Data(text.utf8))
            tensors = file.tensors
        } catch let error as WeightsError {
            throw .inFile(path: path, reason: "\(error)")
        } catch {
            throw .inFile(path: path, reason: "its record does not decode")
        }
    }

    var generatorState: [UInt8]? { tensors[Self.generatorKey].map { [UInt8]($0.bytes) } }

    /// Writes a temporary file next to `path`, syncs it to disk and renames it.
    package func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(record), as: UTF8.self)
        let data = try SafetensorsFile(tensors: tensors, metadata: [Self.recordKey: text]).serialized
        try data.writeDurably(to: path)
    }
}

extension Data {
    /// Writes a temporary file next to `path`, syncs it to disk and renames it, so that readers never see a partial
    /// file.
    func writeDurably(to path: String) throws {
        let temporary = path + ".partial"
        let url = URL(fileURLWithPath: temporary)
        try write(to: url)
        let file = try FileHandle(forWritingTo: url)
        try file.synchronize()
        try file.close()
        guard rename(temporary, path) == 0 else {
            throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: path])
        }
    }
}
