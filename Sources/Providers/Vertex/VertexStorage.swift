// The files of an account: objects of Cloud Storage whose names and metadata carry the digest of their content.

import Basics
import Foundation
import Platform
import ProviderKit
import Specification
import VertexWire

/// The account's folder in its bucket: `assay/files`, `assay/images` and `assay/results`.
struct VertexStorage: Storage {
    let client: StorageClient

    func files(
        for purpose: StoragePurpose, progressPath: String, note: @escaping @Sendable (String) -> Void
    ) -> any RemoteFileService {
        VertexFiles(client: client, purpose: purpose, progressPath: progressPath)
    }

    func name(of id: String) async throws -> String {
        let address = try StorageAddress(id)
        guard try await client.find(address) != nil else {
            throw ProviderError.http(
                ProviderFailure(operation: "look for \(address)", status: 404, error: ErrorReply(code: "notFound")))
        }
        return VertexEndpoint.id(of: address.name)
    }

    func delete(_ id: String) async throws { try await client.delete(StorageAddress(id)) }
}

/// Uploads the files of one purpose.
struct VertexFiles: RemoteFileService {
    let client: StorageClient
    let purpose: StoragePurpose
    let progressPath: String

    var clock: any WallClock { client.connection.clock }
    /// Objects are kept until they are deleted.
    var expiresAfter: Double? { nil }

    /// - Returns: the object's `gs://` address.
    func upload(path: String, name: String, progress: @escaping @Sendable (Double) -> Void) async throws -> String {
        let target = address(of: name)
        let size = (try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.int64Value ?? 0
        switch purpose {
        case .batch:
            try await client.upload(
                try .init(path: path, target: target, contentType: "application/jsonl"), progressPath: progressPath,
                progress: progress)
        case .tuning:
            // Tuning reads images from Cloud Storage only.
            let lines = progressPath + ".lines"
            defer { try? FileManager.default.removeItem(atPath: lines) }
            try await TrainingImages(client: client).replace(in: path, into: lines, progress: { progress($0 * 0.95) })
            try await client.upload(
                try .init(path: lines, target: target, contentType: "application/jsonl", sourceBytes: size),
                progressPath: progressPath, progress: { progress(0.95 + $0 * 0.05) })
        }
        return "\(target)"
    }

    private func address(of name: String) -> StorageAddress {
        StorageAddress(bucket: client.endpoint.bucket, name: client.endpoint.object("assay/files/" + name))
    }

    func isUsable(_ id: String) async throws -> Bool { try await client.find(StorageAddress(id)) != nil }

    func find(name: String, bytes: Int64) async throws -> String? {
        let target = address(of: name)
        guard let object = try await client.find(target) else { return nil }
        let source = object.metadata?[StorageClient.sourceBytesKey].flatMap { Int64($0) }
        return source == bytes ? "\(target)" : nil
    }

    /// Always `true`: with the precondition, another attempt finds the object that the first one stored.
    func mayHaveUploaded(_ error: any Error) -> Bool { (error as? ProviderError)?.outcome == .unknown }
}

/// Replaces the images of training lines by objects of Cloud Storage.
struct TrainingImages: Sendable {
    let client: StorageClient

    /// The limits of one image and of one file (documentation, 2026-10).
    private static let maxImageBytes = ProviderLimits.vertex.trainingImageBytes ?? .max
    private static let maxFileBytes: Int64 = 1_000_000_000
    private static let maxImages = ProviderLimits.vertex.imagesPerExample ?? .max
    /// The number of concurrent uploads.
    private static let concurrency = 8

    /// Reads lines with images and writes lines with their addresses. Images are uploaded once each.
    /// - Throws: `TrainingLimit` before anything is sent if an image or a line is too large.
    func replace(
        in path: String, into target: String, progress: @escaping @Sendable (Double) -> Void
    ) async throws {
        try check(path)
        let folder = target + ".images"
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        FileManager.default.createFile(atPath: target, contents: nil)
        guard let output = FileHandle(forWritingAtPath: target) else { throw FileError.missing(path: target) }
        defer { try? output.close() }
        let all = try LineFile(path: path).count()
        let file = try LineFile(path: path)
        var known: Set<Digest> = []
        var written = 0
        try await withThrowingTaskGroup(of: Void.self) { group in
            var running = 0
            while let line = try file.next() {
                var images: [InlineImage] = []
                let value = replaced(try JSONValue(parsing: line), &images)
                for image in images where known.insert(image.digest).inserted {
                    if running >= TrainingImages.concurrency {
                        try await group.next()
                        running -= 1
                    }
                    let local = folder + "/" + image.digest.short
                    try image.data.write(to: URL(fileURLWithPath: local))
                    let target = image.address(client.endpoint)
                    let type = image.type
                    group.addTask {
                        try await client.upload(
                            try .init(path: local, target: target, contentType: type), progressPath: nil, progress: { _ in })
                        try? FileManager.default.removeItem(atPath: local)
                    }
                    running += 1
                }
                try output.write(contentsOf: Data(value.canonicalBytes + [UInt8(ascii: "\n")]))
                written += 1
                progress(Double(written) / Double(max(1, all)))
            }
            try await group.waitForAll()
        }
    }

    /// One image of a line.
    private struct InlineImage {
        var type: String
        var data: Data
        var digest: Digest

        func address(_ endpoint: VertexEndpoint) -> StorageAddress {
            let ending = type.hasPrefix("image/") ? String(type.dropFirst(6)) : "bin"
            return StorageAddress(bucket: endpoint.bucket, name: endpoint.object("assay/images/\(digest.hex).\(ending)"))
        }
    }

    /// The value with every image replaced by an address.
    private func replaced(_ value: JSONValue, _ images: inout [InlineImage]) -> JSONValue {
        switch value {
        case .array(let items): return .array(items.map { replaced($0, &images) })
        case .object(var members):
            if let blob = members["inlineData"], let text = blob["data"]?.string, let data = ProtoBytes(text: text).data {
                let image = InlineImage(
                    type: blob["mimeType"]?.string ?? "image/png", data: data, digest: Digest(of: data))
                images.append(image)
                members["inlineData"] = nil
                members["fileData"] = [
                    "fileUri": .string("\(image.address(client.endpoint))"), "mimeType": .string(image.type),
                ]
                return .object(members)
            }
            return .object(members.mapValues { replaced($0, &images) })
        default: return value
        }
    }

    /// Checks the limits of a tuning job's data before anything is sent.
    private func check(_ path: String) throws {
        let file = try LineFile(path: path)
        var number = 0
        var bytes: Int64 = 0
        while let line = try file.next() {
            number += 1
            var images: [InlineImage] = []
            bytes += Int64(replaced(try JSONValue(parsing: line), &images).canonicalBytes.count + 1)
            if images.count > TrainingImages.maxImages {
                throw TrainingLimit(
                    description: "line \(number) of the training data has \(images.count) images; "
                        + "the limit is \(TrainingImages.maxImages)")
            }
            if let large = images.first(where: { $0.data.count > TrainingImages.maxImageBytes }) {
                throw TrainingLimit(
                    description: "an image in line \(number) of the training data has \(large.data.count) bytes; "
                        + "the limit is \(TrainingImages.maxImageBytes): make it smaller")
            }
        }
        if bytes > TrainingImages.maxFileBytes {
            throw TrainingLimit(
                description: "the training data has \(bytes) bytes without its images; \(TrainingImages.maxFileBytes) are "
                    + "the most")
        }
    }
}

/// Training data that exceeds a limit of the service. Nothing was sent.
struct TrainingLimit: Error, Hashable, CustomStringConvertible {
    var description: String
}
