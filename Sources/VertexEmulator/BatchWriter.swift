// Answers the lines of a batch and writes its predictions.

import Basics
import EmulatorCore
import Foundation
import VisionProtocol

/// The computation of one batch. After a restart it begins again: equal lines get equal answers.
struct BatchWriter: Sendable {
    var input: URL
    var output: URL
    var reader: GeminiReader
    var answerer: GeminiAnswerer
    var startedAt: Date
    var limits: VertexLimits
    /// Share of the lines to answer; `nil` for all.
    var share: Double?
    /// Whether the other lines are written as failed; otherwise they are missing.
    var failsRest = false
    /// Number of lines, from the first, whose prompt is blocked.
    var blocked = 0

    struct Progress: Codable, Hashable, Sendable {
        var successful = 0
        var failed = 0
        var incomplete = 0
        var promptTokens = 0
        var completionTokens = 0
    }

    /// The file cannot be used, so the whole job fails.
    struct Unusable: Error { var error: GoogleError }

    private static let group = 32

    private struct Line: Sendable {
        /// The request as sent, for the echo.
        var sent: JSONValue
        var question: Result<GeminiQuestion, GoogleError>
    }

    /// Processes the file. `report` receives the progress after each group and returns whether to continue. Throws
    /// `Unusable`, or the vision model's errors.
    func run(_ report: @Sendable (Progress) async -> Bool) async throws {
        var progress = Progress()
        progress.incomplete = try count()
        let most = share.map { Int(saturating: Double(progress.incomplete) * $0) } ?? .max
        let file = try FileHandle.truncating(output)
        defer { try? file.close() }
        guard await report(progress) else { return }
        var lines = try LineReader(input)
        var taken = 0
        var isAtEnd = false
        while !isAtEnd, taken < most {
            var group: [Line] = []
            while group.count < min(Self.group, most - taken) {
                guard let bytes = try lines.next() else {
                    isAtEnd = true
                    break
                }
                if Self.isBlank(bytes) { continue }
                group.append(try await line(bytes))
                taken += 1
            }
            if group.isEmpty { break }
            try await write(group, first: taken - group.count, &progress, to: file)
            guard await report(progress) else { return }
        }
        guard failsRest else { return }
        while let bytes = try lines.next() {
            if Self.isBlank(bytes) { continue }
            let rest = try await line(bytes)
            try Self.write(
                rest.sent, .failure(GoogleError(500, "INTERNAL", "Internal error encountered.")), at: startedAt, &progress,
                to: file)
        }
        _ = await report(progress)
    }

    private static func isBlank(_ bytes: Data) -> Bool { bytes.allSatisfy { $0 == 32 || $0 == 9 } }

    /// Checks every line's form and counts the lines.
    private func count() throws -> Int {
        var lines = try LineReader(input)
        var count = 0
        var number = 0
        while let bytes = try lines.next() {
            number += 1
            if Self.isBlank(bytes) { continue }
            count += 1
            guard let json = try? JSONValue(parsing: bytes), let members = json.object else {
                throw Self.unusable("line \(number) is not a JSON object")
            }
            guard members["request"]?.object != nil else { throw Self.unusable("line \(number) has no 'request'") }
            if let other = members.keys.sorted().first(where: { $0 != "request" }) {
                throw Self.unusable("line \(number) has an unknown field '\(other)'")
            }
            guard count <= limits.batchLines else {
                throw Self.unusable("the file has more than \(limits.batchLines) lines")
            }
        }
        guard count > 0 else { throw Self.unusable("the file has no requests") }
        return count
    }

    static func unusable(_ reason: String) -> Unusable {
        Unusable(error: .invalid("Failed to import data. Not able to read the input: \(reason)."))
    }

    private func line(_ bytes: Data) async throws -> Line {
        let sent = try JSONValue(parsing: bytes)["request"] ?? [:]
        do throws(GoogleError) {
            let request = try ProtoJSON.normalized(sent, as: "GenerateContentRequest")
            return Line(sent: request, question: .success(try await reader.question(request)))
        } catch {
            return Line(sent: sent, question: .failure(error))
        }
    }

    /// Writes a group, last line first: the output does not keep the order of the input.
    private func write(_ group: [Line], first: Int, _ progress: inout Progress, to file: FileHandle) async throws {
        var asked: [GeminiQuestion] = []
        for case .success(let question) in group.map(\.question) { asked.append(question) }
        var answers = try await answerer.answers(to: asked, at: startedAt)[...]
        var results: [(JSONValue, Result<GeminiAnswer, GoogleError>)] = []
        for (index, line) in group.enumerated() {
            switch line.question {
            case .success(let question):
                guard let answer = answers.popFirst() else { continue }
                if first + index < blocked, case .success(let held) = answer {
                    let version = held.response["modelVersion"]?.string ?? ""
                    let blocked = GeminiAnswerer.blocked(question, "SAFETY", version: version, at: startedAt)
                    results.append((line.sent, .success(blocked)))
                } else {
                    results.append((line.sent, answer))
                }
            case .failure(let error): results.append((line.sent, .failure(error)))
            }
        }
        for (sent, result) in results.reversed() { try Self.write(sent, result, at: startedAt, &progress, to: file) }
    }

    private static func write(
        _ sent: JSONValue, _ result: Result<GeminiAnswer, GoogleError>, at time: Date, _ progress: inout Progress,
        to file: FileHandle
    ) throws {
        progress.incomplete -= 1
        var members: [String: JSONValue] = [
            "processed_time": .string(time.googleStamp.replacing("Z", with: "+00:00")), "request": echo(sent),
        ]
        switch result {
        case .success(let answer):
            progress.successful += 1
            progress.promptTokens += answer.promptTokens
            progress.completionTokens += answer.completionTokens
            members["status"] = ""
            members["response"] = answer.response
        case .failure(let error):
            progress.failed += 1
            let text = error.body(.rpc).canonical
            members["status"] = .string("\(phrase(error.code)): \(text)")
            members["response"] = [:]
        }
        try file.write(contentsOf: Data(JSONValue.object(members).canonical.utf8) + [10])
    }

    private static func phrase(_ code: Int) -> String {
        switch code {
        case 400: "Bad Request"
        case 404: "Not Found"
        case 429: "Too Many Requests"
        default: "Internal Server Error"
        }
    }

    /// The request as the service repeats it: parts name the data that they lack.
    private static func echo(_ request: JSONValue) -> JSONValue {
        guard case .object(var members) = request else { return request }
        if let contents = members["contents"]?.array {
            members["contents"] = .array(
                contents.map { content in
                    guard case .object(var content) = content, let parts = content["parts"]?.array else { return content }
                    content["parts"] = .array(
                        parts.map { part in
                            guard case .object(var part) = part else { return part }
                            for key in ["fileData", "text"] where part[key] == nil { part[key] = .null }
                            return .object(part)
                        })
                    return .object(content)
                })
        }
        return .object(members)
    }
}
