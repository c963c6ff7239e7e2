// Parses multipart bodies as a stream, so that uploads of any size need constant memory.

import Foundation

/// A push parser for multipart/form-data (RFC 7578) and multipart/related (RFC 2387).
package struct MultipartParser {
    /// The events that the bytes received so far complete, in order.
    package enum Event: Equatable {
        case part(PartHeaders)
        case data([UInt8])
        case endOfPart
        /// The closing boundary.
        case end
    }

    /// The header fields of one part that emulated services use; all values come from the client.
    package struct PartHeaders: Equatable {
        /// The field's name; empty in multipart/related, whose parts have none.
        package var name: String
        /// The name of an uploaded file.
        package var filename: String?
        /// The part's own `Content-Type`.
        package var contentType: String?
    }

    /// The reason why a body is not a multipart body.
    package enum ParseError: Error, Equatable {
        case noBoundary
        case malformedPart
        case tooLongHeaders
        case endedEarly
    }

    private enum State { case preamble, afterBoundary, headers, body, done }

    private let isForm: Bool
    private let delimiter: [UInt8]
    private var buffer: [UInt8]
    private var state = State.preamble
    private static let maxHeaderBytes = 16_384

    /// - Parameters:
    ///   - contentType: the request's `Content-Type`, which contains the boundary.
    ///   - kind: the expected media type.
    package init(contentType: String?, kind: String = "multipart/form-data") throws {
        guard let contentType, contentType.lowercased().hasPrefix(kind),
            let boundary = HeaderParameters(contentType)["boundary"], !boundary.isEmpty
        else { throw ParseError.noBoundary }
        isForm = kind == "multipart/form-data"
        delimiter = Array("\r\n--\(boundary)".utf8)
        // The first boundary has no preceding line break; adding one makes all boundaries alike.
        buffer = [13, 10]
    }

    /// Consumes the next bytes and returns the events they complete.
    package mutating func push(_ bytes: some Sequence<UInt8>) throws -> [Event] {
        buffer.append(contentsOf: bytes)
        var events: [Event] = []
        while try step(into: &events) {}
        return events
    }

    /// Checks that the closing boundary was received.
    package func finish() throws {
        if state != .done { throw ParseError.endedEarly }
    }

    /// Makes one parsing step; returns false if more bytes are needed.
    private mutating func step(into events: inout [Event]) throws -> Bool {
        switch state {
        case .preamble:
            guard let at = find(delimiter) else {
                dropAllBut(delimiter.count - 1)
                return false
            }
            buffer.removeFirst(at + delimiter.count)
            state = .afterBoundary
            return true
        case .afterBoundary:
            guard buffer.count >= 2 else { return false }
            switch (buffer[0], buffer[1]) {
            case (45, 45):
                events.append(.end)
                state = .done
            case (13, 10):
                buffer.removeFirst(2)
                state = .headers
            default: throw ParseError.malformedPart
            }
            return true
        case .headers:
            guard let at = find([13, 10, 13, 10]) else {
                if buffer.count > Self.maxHeaderBytes { throw ParseError.tooLongHeaders }
                return false
            }
            let text = String(decoding: buffer[..<at], as: UTF8.self)
            buffer.removeFirst(at + 4)
            events.append(.part(try headers(text)))
            state = .body
            return true
        case .body:
            if let at = find(delimiter) {
                if at > 0 { events.append(.data(Array(buffer[..<at]))) }
                buffer.removeFirst(at + delimiter.count)
                events.append(.endOfPart)
                state = .afterBoundary
                return true
            }
            let sure = buffer.count - (delimiter.count - 1)
            if sure > 0 {
                events.append(.data(Array(buffer[..<sure])))
                buffer.removeFirst(sure)
            }
            return false
        case .done:
            buffer.removeAll()
            return false
        }
    }

    private mutating func dropAllBut(_ count: Int) {
        if buffer.count > count { buffer.removeFirst(buffer.count - count) }
    }

    private func find(_ needle: [UInt8]) -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, bytes.count >= needle.count else { return nil }
            var from = 0
            while from + needle.count <= bytes.count {
                guard let hit = memchr(start + from, Int32(needle[0]), bytes.count - from - needle.count + 1)
                else { return nil }
                let at = UnsafeRawPointer(hit) - start
                if memcmp(start + at, needle, needle.count) == 0 { return at }
                from = at + 1
            }
            return nil
        }
    }

    private func headers(_ text: String) throws -> PartHeaders {
        var disposition: HeaderParameters?
        var contentType: String?
        for line in text.split(separator: "\r\n", omittingEmptySubsequences: true) {
            guard let colon = line.firstIndex(of: ":") else { throw ParseError.malformedPart }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            switch line[..<colon].lowercased() {
            case "content-disposition": disposition = HeaderParameters(value)
            case "content-type": contentType = value
            default: break
            }
        }
        guard isForm else { return PartHeaders(name: "", filename: nil, contentType: contentType) }
        guard let disposition, let name = disposition["name"] else { throw ParseError.malformedPart }
        return PartHeaders(name: name, filename: disposition["filename"], contentType: contentType)
    }
}

/// The parameters of a header value: `form-data; name="file"; filename="a.jsonl"`.
package struct HeaderParameters {
    private var values: [String: String] = [:]

    /// Parses what follows the first semicolon; stops at the first parameter that has no value.
    package init(_ header: String) {
        var rest = Substring(header)
        while let semicolon = rest.firstIndex(of: ";") {
            rest = rest[rest.index(after: semicolon)...]
            guard let equals = rest.firstIndex(of: "=") else { return }
            let name = rest[..<equals].trimmingCharacters(in: .whitespaces).lowercased()
            rest = rest[rest.index(after: equals)...]
            if rest.first == "\"" {
                rest.removeFirst()
                var value = ""
                while let character = rest.popFirst(), character != "\"" {
                    if character == "\\", let next = rest.popFirst() {
                        value.append(next)
                    } else {
                        value.append(character)
                    }
                }
                values[name] = value
            } else {
                let end = rest.firstIndex(of: ";") ?? rest.endIndex
                values[name] = rest[..<end].trimmingCharacters(in: .whitespaces)
                rest = rest[end...]
            }
        }
    }

    /// A parameter by its name in lower case.
    package subscript(name: String) -> String? { values[name] }
}
