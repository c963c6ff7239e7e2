// Reads the result files of a batch in any form that servers produce, without losing a line.

import AzureOpenAI
import AzureWire
import Basics
import Foundation
import Platform
import ProviderKit

/// A downloaded result file: JSON Lines, or one JSON document that lists the results. Accepts a byte order mark,
/// carriage returns, blank lines and a last line without a line break.
struct BatchResultFile {
    let path: String

    /// The maximum size of a file read as one JSON document, which is held in memory like the longest line.
    private static let documentLimit = Int64(LineFile.maxLineBytes)

    /// Visits the lines in file order.
    func forEach(_ body: (ResultLine) throws -> Void) throws {
        if let document = try document() {
            for entry in document { try body(ResultLine(chat: entry, raw: Data(entry.value.canonical.utf8))) }
            return
        }
        let file = try LineFile(path: path)
        var isFirst = true
        while let line = try file.next() {
            let bytes = isFirst && line.starts(with: [0xEF, 0xBB, 0xBF]) ? line.dropFirst(3) : line[...]
            isFirst = false
            let trimmed = bytes.trimmed
            if !trimmed.isEmpty { try body(ResultLine(chat: Data(trimmed))) }
        }
    }

    /// Why the file is not a whole result file: a web page or an error in its place, or an end within a line. `nil`
    /// for every file with readable lines up to its end, and for an empty one.
    func defect() throws -> DownloadDefect? {
        let file = try LineFile(path: path)
        var first: Data?, last = Data()
        while let line = try file.next() {
            let trimmed = line.trimmed
            guard !trimmed.isEmpty else { continue }
            if first == nil { first = trimmed }
            last = trimmed
        }
        guard let first else { return nil }
        if ProviderText.isHTML(first, nil) { return DownloadDefect("the server sent a web page", isFatal: true) }
        if first == last {
            guard let body = try? ReceivedJSON(first), body.value["custom_id"] == nil, let error = body.value["error"],
                !error.isNull
            else { return nil }
            let text = error["message"]?.string ?? error.string ?? error.canonical
            return DownloadDefect("the server sent an error: " + ProviderText.line(text), isFatal: true)
        }
        // In a file of one object per line, a last line that is not JSON was cut off.
        guard (try? ReceivedJSON(first)) != nil, (try? ReceivedJSON(last)) == nil else { return nil }
        return DownloadDefect("it ends within a line", isFatal: false)
    }

    /// The entries of a file that is one JSON document instead of lines: an array, or an object that holds one.
    private func document() throws -> [ReceivedJSON]? {
        let file = try LineFile(path: path)
        var first: Data?
        while first == nil, let line = try file.next() {
            let bytes = line.starts(with: [0xEF, 0xBB, 0xBF]) ? line.dropFirst(3) : line[...]
            if !bytes.trimmed.isEmpty { first = Data(bytes.trimmed) }
        }
        guard let first else { return nil }
        // A first line that is a complete object means the usual form.
        let isArray = first.first == UInt8(ascii: "[")
        guard isArray || first.first == UInt8(ascii: "{") && (try? ReceivedJSON(first)) == nil else { return nil }
        let data = try LocalFileSystem().read(path, limit: BatchResultFile.documentLimit)
        guard let whole = try? ReceivedJSON(data) else {
            // Objects over several lines each, or several on one line.
            let entries = try? ReceivedJSON.sequence(data)
            return entries?.allSatisfy { $0.value.object != nil } == true ? entries : nil
        }
        let value = whole.value
        return (value.array ?? value["data"]?.array ?? value["results"]?.array ?? (value["custom_id"] == nil ? nil : [value]))?
            .map { ReceivedJSON(value: $0, contradicted: whole.contradicted) }
    }
}

extension Data {
    /// The data without leading and trailing white space.
    fileprivate var trimmed: Data {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        guard let start = firstIndex(where: { !isSpace($0) }), let end = lastIndex(where: { !isSpace($0) }) else {
            return Data()
        }
        return self[start...end]
    }
}

extension ResultLine {
    /// Interprets one line.
    init(chat bytes: Data) { self.init(chat: try? ReceivedJSON(bytes), raw: bytes) }

    /// Interprets one entry of a result file.
    /// - Parameter received: `nil` for bytes that are not JSON.
    init(chat received: ReceivedJSON?, raw bytes: Data) {
        guard let document = received, let line = try? document.value.decoded(as: BatchOutputLine.self) else {
            let value = received?.value
            self.init(
                id: value.flatMap { $0["custom_id"] ?? $0["customId"] }.flatMap { $0.string ?? $0.int.map(String.init) },
                reply: .unreadable(
                    value == nil
                        ? "the line is not JSON" : "the line has no custom_id, or one that is neither a string nor a number"),
                raw: bytes)
            return
        }
        let decisive = ChatCompletion.decisiveNames + ["custom_id", "response", "body", "status_code"]
        let reply = document.contradiction(among: decisive).map(ModelReply.unreadable) ?? ResultLine.reply(line)
        self.init(
            id: document.contradiction(among: ["custom_id"]) == nil ? line.customID : nil,
            reply: document.contradiction(among: ChatCompletion.countNames) == nil ? reply : reply.uncounted, raw: bytes)
    }

    /// The reply in a line: a completion, a refusal by the content filter, or an error.
    private static func reply(_ line: BatchOutputLine) -> ModelReply {
        guard let response = line.response else {
            let reason = BatchResultFile.text(status: nil, line.error?.code, line.error?.message)
            return line.error == nil
                ? .unreadable("the line contains neither a response nor an error") : .failed(reason, isTransient: true)
        }
        let status = response.statusCode
        switch response.body {
        case .completion(let completion): return ModelReply(completion)
        case .error(let body) where body.error.isContentFilter: return .filtered(nil)
        case .error(let body): return reply(status: status, body.error)
        case .other(let value):
            if let status, !(200..<300).contains(status) {
                return reply(
                    status: status, ErrorDetail(code: nil, message: value.isNull ? nil : value.canonical))
            }
            return .unreadable("the body is not a chat completion")
        }
    }

    /// The reply for an error. Client errors reject the line for good unless they are transient or concern all
    /// requests.
    private static func reply(status: Int?, _ error: ErrorDetail) -> ModelReply {
        var reason = BatchResultFile.text(status: status, error.code, error.message)
        if let hint = error.hint(status: status) { reason += (reason.hasSuffix(".") ? " " : ". ") + "Hint: \(hint)" }
        guard let status, (400..<500).contains(status) else { return .failed(reason, isTransient: true) }
        let failure = ProviderError.http(ProviderFailure(operation: "batch line", status: status, error: error))
        if failure.isRejection { return .rejected(reason) }
        return .failed(reason, isTransient: failure.isTransient || failure.isDeploymentNotReady)
    }
}

extension BatchResultFile {
    /// `HTTP 400 invalid_image: Invalid image`, on one line and bounded.
    static func text(status: Int?, _ code: String?, _ message: String?) -> String {
        let code = code.flatMap { $0 == status.map(String.init) ? nil : $0 }
            .map { ProviderText.line($0, limit: ProviderText.wordLimit) }
        let head = [status.map { "HTTP \($0)" }, code].compactMap(\.self).joined(separator: " ")
        let parts = [head, message.map { ProviderText.line($0) } ?? ""].filter { !$0.isEmpty }
        return parts.isEmpty ? "no reason given" : parts.joined(separator: ": ")
    }
}
