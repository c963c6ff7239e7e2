// The fuzz target for replies of a provider: the first byte selects the type to decode.

import AzureOpenAI
import AzureWire
import Basics
import Foundation
import Platform
import ProviderKit

/// Called by libFuzzer with every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzReply(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Data(UnsafeBufferPointer(start: start, count: count))
    guard let kind = bytes.first else { return 0 }
    let body = Data(bytes.dropFirst())
    switch kind {
    case UInt8(ascii: "c"):
        if let completion = again(body, as: ChatCompletion.self), let usage = completion.usage {
            // Many answers are added up.
            _ = (usage.promptTokens + usage.completionTokens) * 1000
        }
    case UInt8(ascii: "f"): again(body, as: FileObject.self)
    case UInt8(ascii: "b"):
        if let counts = again(body, as: Batch.self)?.requestCounts { _ = counts.completed + counts.failed + counts.total }
    case UInt8(ascii: "l"): again(body, as: BatchOutputLine.self)
    case UInt8(ascii: "j"): again(body, as: FineTuningJob.self)
    case UInt8(ascii: "e"): again(body, as: FineTuningEvent.self)
    case UInt8(ascii: "k"): again(body, as: FineTuningCheckpoint.self)
    case UInt8(ascii: "u"): again(body, as: Upload.self)
    case UInt8(ascii: "d"): again(body, as: Deployment.self)
    case UInt8(ascii: "o"): again(body, as: AsyncOperation.self)
    case UInt8(ascii: "m"): again(body, as: ModelObject.self)
    case UInt8(ascii: "x"): _ = try? ErrorBody(json: body)
    case UInt8(ascii: "p"): _ = try? ListPage<Batch>(json: body)
    case UInt8(ascii: "r"): _ = try? ResultFile(parsing: String(decoding: body, as: UTF8.self)).text
    default:
        // Fields of a head, `name: value` on each line.
        var fields: HTTPFields = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields.append(String(line[..<colon]), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
        }
        _ = RateLimit(fields)
        let wait = RateLimit.retryAfter(fields, now: Date(timeIntervalSince1970: 1_800_000_000))
        precondition(wait.map { $0 >= 0 && $0 <= 1e12 } ?? true, "a wait that nobody can wait")
    }
    return 0
}

/// Decodes a reply, and decodes its encoded form again, which must succeed too.
@discardableResult
private func again<Value: Codable>(_ body: Data, as type: Value.Type) -> Value? {
    guard let value = try? type.init(json: body) else { return nil }
    guard let written = try? JSONEncoder().encode(value) else { return value }
    precondition((try? type.init(json: written)) != nil, "what was read is written as something unreadable")
    return value
}
