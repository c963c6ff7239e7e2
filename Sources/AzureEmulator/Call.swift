// One request as the account receives it.

import AzureWire
import Basics
import EmulatorCore
import Foundation

/// A request with its route resolved and its credentials checked.
struct Call: Sendable {
    var route: Route
    var query: [String: String]
    var headers: [String: String]
    var body: ReceivedBody
    /// `http://host:port` as the client addressed it, used for URLs in replies.
    var origin: String

    init(_ request: ReceivedRequest, _ route: Route) {
        self.route = route
        query = request.query
        headers = request.headers
        body = request.body
        origin = request.origin
    }

    /// The query's `api-version`; defaults to `v1` on that surface.
    var apiVersion: String { query["api-version"] ?? (isVersionless ? "v1" : "") }
    /// Whether preview features are available: dated previews and v1.
    var isPreview: Bool { isVersionless || apiVersion.hasSuffix("-preview") }

    /// Whether the version is a date, optionally with `-preview`.
    var hasDatedVersion: Bool {
        // `2024-10-21`. Parsed by hand because every request is checked and compiling a regular expression each time
        // is slow.
        let date = apiVersion.hasSuffix("-preview") ? apiVersion.dropLast("-preview".count) : apiVersion[...]
        return date.utf8.count == 10
            && date.utf8.enumerated().allSatisfy { index, byte in
                index == 4 || index == 7
                    ? byte == UInt8(ascii: "-") : (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            }
    }

    /// Largest chat body, in bytes, which may hold 50 images; all other bodies are small.
    static let maxChatBytes = 512 << 20
    static let maxJSONBytes = 16 << 20

    /// Decodes the JSON body. Throws `invalidPayload` if it does not match the type.
    /// - Parameter limit: the largest body, in bytes.
    func json<Value: Decodable>(_ type: Value.Type = Value.self, limit: Int = Call.maxJSONBytes) async throws -> Value {
        let data = try await bytes(limit: limit)
        return try describing { try type.init(json: data) }
    }

    /// Decodes a value from a parsed JSON body. Throws as `json` does.
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

    func bytes(limit: Int = Call.maxChatBytes) async throws -> Data { try await body.bytes(limit: limit) }

    /// The `limit` parameter of a list request.
    func limit(default standard: Int) throws(ServiceError) -> Int {
        guard let text = query["limit"] else { return standard }
        guard let limit = Int(text), (1...100).contains(limit) else {
            throw .invalidPayload("'limit' must be a number from 1 to 100.", parameter: "limit")
        }
        return limit
    }
}

extension DecodingError {
    /// The last key on the path to the error.
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

extension ListPage {
    /// The page without first and last id, as lists of jobs and events use it.
    var withoutEnds: ListPage { ListPage(data: data, hasMore: hasMore) }

    /// A page of a list: at most `limit` items after the one named `after`. Throws if that item does not exist.
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
