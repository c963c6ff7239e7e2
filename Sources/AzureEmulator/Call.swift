// One request as the account sees it, and what it answers.

import AzureWire
import Basics
import Foundation
import Hummingbird
import NIOCore

/// A request with its route found and its credentials checked.
struct Call: Sendable {
    var route: Route
    var query: [String: String]
    var headers: [String: String]
    var body: RequestBody
    /// `http://host:port` as the client named it, for the addresses in answers.
    var origin: String

    /// `api-version` of the query; `v1` by default on that surface.
    var apiVersion: String { query["api-version"] ?? (isVersionless ? "v1" : "") }
    /// Whether what is new in previews is offered: dated previews and v1.
    var isPreview: Bool { isVersionless || apiVersion.hasSuffix("-preview") }

    /// Whether the version is a date, perhaps with `-preview`.
    var hasDatedVersion: Bool {
        // `2024-10-21`; asked of every request, for which a regular expression would be made anew.
        let date = apiVersion.hasSuffix("-preview") ? apiVersion.dropLast("-preview".count) : apiVersion[...]
        return date.utf8.count == 10 && date.utf8.enumerated().allSatisfy { index, byte in
            index == 4 || index == 7
                ? byte == UInt8(ascii: "-") : (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
    }

    /// A chat may hold 50 images; what else there is, is short.
    static let longestChat = 512 << 20
    static let longestJSON = 16 << 20

    /// The JSON body as a value. Throws `invalidPayload` when it is none of the kind.
    /// - Parameter limit: the longest body, in bytes.
    func json<Value: Decodable>(_ type: Value.Type = Value.self, limit: Int = Call.longestJSON) async throws -> Value {
        let data = try await bytes(limit: limit)
        return try describing { try type.init(json: data) }
    }

    /// A value from a JSON body that was read already. Throws as `json` does.
    func value<Value: Decodable>(_ body: JSONValue, as type: Value.Type) throws -> Value {
        try describing { try body.decoded(as: type) }
    }

    private func describing<Value>(_ decode: () throws -> Value) throws -> Value {
        do {
            return try decode()
        } catch let error as DecodingError {
            throw ServiceError.invalidPayload("The request body is not valid: \(error.place)", parameter: error.key)
        }
    }

    func bytes(limit: Int = Call.longestChat) async throws -> Data {
        do {
            return Data(try await body.collect(upTo: limit).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw ServiceError(413, "RequestEntityTooLarge", "The request is longer than \(limit) bytes.")
        }
    }

    /// `limit` of a list.
    func limit(default standard: Int) throws(ServiceError) -> Int {
        guard let text = query["limit"] else { return standard }
        guard let limit = Int(text), (1...100).contains(limit) else {
            throw .invalidPayload("'limit' must be a number from 1 to 100.", parameter: "limit")
        }
        return limit
    }
}

extension DecodingError {
    /// The last key on the way to the fault.
    fileprivate var key: String? {
        switch self {
        case .keyNotFound(let key, _): key.stringValue
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            context.codingPath.last?.stringValue
        @unknown default: nil
        }
    }

    fileprivate var place: String {
        switch self {
        case .keyNotFound(let key, _): "'\(key.stringValue)' is missing."
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            [context.codingPath.map(\.stringValue).joined(separator: "."), context.debugDescription]
                .filter { !$0.isEmpty }.joined(separator: ": ")
        @unknown default: "it cannot be decoded."
        }
    }
}

/// What a call is answered.
struct Reply: Sendable {
    enum Body: Sendable {
        case none
        case json(Data)
        /// Server-sent events.
        case events(Data)
        /// A file from the disk, and its length.
        case file(URL, Int)
    }

    var status: Int
    var headers: [String: String] = [:]
    var body: Body = .none

    init(_ status: Int, headers: [String: String] = [:]) {
        self.status = status
        self.headers = headers
    }

    init(_ status: Int, _ value: some Encodable, headers: [String: String] = [:]) throws {
        self.status = status
        self.headers = headers
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        body = .json(try encoder.encode(value))
    }
}

extension ListPage {
    /// The page as lists of jobs and events write it: without the ids of its ends.
    var withoutEnds: ListPage { ListPage(data: data, hasMore: hasMore) }

    /// A page of a list: at most `limit` items after the one named `after`. Throws when there is no such item.
    static func page(
        _ items: [Item], id: (Item) -> String, after: String?, limit: Int
    ) throws(ServiceError) -> ListPage {
        var rest = items[...]
        if let after {
            guard let at = items.firstIndex(where: { id($0) == after }) else {
                throw .invalidPayload("There is no item '\(after)' to list after.", parameter: "after")
            }
            rest = items[items.index(after: at)...]
        }
        let data = Array(rest.prefix(limit))
        return ListPage(
            data: data, firstID: data.first.map(id), lastID: data.last.map(id), hasMore: rest.count > data.count)
    }
}
