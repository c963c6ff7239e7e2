// Answers the lines of a batch and writes its output and error files.

import AzureWire
import Basics
import EmulatorCore
import Foundation

/// The computation of one batch. Its output is kept: after a restart it continues with the missing lines.
struct BatchRunner: Sendable {
    var input: URL
    var output: URL
    var errors: URL
    var served: ServedModel
    var answerer: ChatAnswerer
    var limits: ServiceLimits
    var startedAt: Date
    /// Maximum number of lines to answer; the others get `leftOver`.
    var maxLines: Int?
    /// Number of lines, from the first, that the content filter rejects.
    var filtered = 0
    var leftOver: LeftOver?

    /// The outcome written for lines that are not answered.
    enum LeftOver: Sendable { case expired, failed }

    struct Progress: Sendable {
        var completed = 0
        var failed = 0
        var promptTokens = 0
        var completionTokens = 0
    }

    /// Number of lines answered at a time.
    private static let group = 32

    /// Processes the file. `report` receives the progress after each group and returns whether to continue. Throws
    /// the vision model's errors.
    func run(_ report: @Sendable (Progress) async -> Bool) async throws {
        var done: Set<String> = []
        var progress = Progress()
        try readBack(output, into: &done, &progress)
        try readBack(errors, into: &done, &progress)
        let answers = try FileHandle.appending(to: output)
        let failures = try FileHandle.appending(to: errors)
        defer {
            try? answers.close()
            try? failures.close()
        }
        guard await report(progress) else { return }
        var reader = try LineReader(input)
        var isAtEnd = false
        while !isAtEnd {
            var group: [BatchRequest] = []
            let room = max(0, min(Self.group, (maxLines ?? .max) - done.count))
            while group.count < room {
                guard let line = try reader.next() else {
                    isAtEnd = true
                    break
                }
                guard let request = BatchRequest(line), !done.contains(request.customID) else { continue }
                group.append(request)
            }
            if group.isEmpty { break }
            let refused = group.prefix(max(0, filtered - done.count))
            for request in refused {
                done.insert(request.customID)
                let refusal = ServiceError.contentFilter("The response was filtered.")
                try write(.failure(refusal), to: request, &progress, answers, failures)
            }
            for (request, answer) in try await answered(Array(group.dropFirst(refused.count))) {
                done.insert(request.customID)
                try write(answer, to: request, &progress, answers, failures)
            }
            guard await report(progress) else { return }
        }
        guard let leftOver else { return }
        while let line = try reader.next() {
            guard let request = BatchRequest(line), !done.contains(request.customID) else { continue }
            try write(leftOver, to: request, failures)
            progress.failed += 1
        }
        _ = await report(progress)
    }

    /// The answers to a group, last line first: an output file need not keep the order of the input.
    private func answered(
        _ group: [BatchRequest]
    ) async throws -> [(BatchRequest, Result<ChatCompletion, ServiceError>)] {
        let questions = group.map { $0.question(limits) }
        var asked: [ChatQuestion] = []
        for case .success(let question) in questions { asked.append(question) }
        var answers = try await answerer.answers(to: asked, by: served, at: startedAt)[...]
        var results: [(BatchRequest, Result<ChatCompletion, ServiceError>)] = []
        for (request, question) in zip(group, questions) {
            switch question {
            case .success: if let answer = answers.popFirst() { results.append((request, answer)) }
            case .failure(let error): results.append((request, .failure(error)))
            }
        }
        return results.reversed()
    }

    private func write(
        _ answer: Result<ChatCompletion, ServiceError>, to request: BatchRequest, _ progress: inout Progress,
        _ answers: FileHandle, _ failures: FileHandle
    ) throws {
        let id = UUID().uuidString.lowercased()
        switch answer {
        case .success(let completion):
            progress.add(completion)
            let response = BatchLineResponse(statusCode: 200, requestID: id, body: .completion(completion))
            try Self.append(BatchOutputLine(customID: request.customID, response: response), to: answers)
        case .failure(let error):
            progress.failed += 1
            let body = error.body(for: .inference)
            let response = BatchLineResponse(statusCode: error.status, requestID: id, body: .error(body))
            try Self.append(BatchOutputLine(customID: request.customID, response: response), to: failures)
        }
    }

    private func write(_ leftOver: LeftOver, to request: BatchRequest, _ failures: FileHandle) throws {
        switch leftOver {
        case .expired:
            let error = BatchLineError(
                code: "batch_expired",
                message: "This request could not be executed before the completion window expired.")
            try Self.append(BatchOutputLine(customID: request.customID, response: nil, error: error), to: failures)
        case .failed:
            let body = ServiceError(500, "InternalServerError", "The server had an error processing your request.")
                .body(for: .inference)
            let response = BatchLineResponse(
                statusCode: 500, requestID: UUID().uuidString.lowercased(), body: .error(body))
            try Self.append(BatchOutputLine(customID: request.customID, response: response), to: failures)
        }
    }

    /// Reads the output of an earlier run and truncates a line that a kill left incomplete.
    private func readBack(_ file: URL, into done: inout Set<String>, _ progress: inout Progress) throws {
        guard FileManager.default.fileExists(atPath: file.path) else { return }
        var reader = try LineReader(file)
        var whole = 0
        while let bytes = try reader.next() {
            guard let line = try? BatchOutputLine(json: bytes) else { break }
            whole += bytes.count + 1
            done.insert(line.customID)
            if case .completion(let completion) = line.response?.body {
                progress.add(completion)
            } else {
                progress.failed += 1
            }
        }
        let handle = try FileHandle(forUpdating: file)
        if try handle.seekToEnd() > UInt64(whole) { try handle.truncate(atOffset: UInt64(whole)) }
        try handle.close()
    }

    private static func append(_ line: BatchOutputLine, to file: FileHandle) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try file.write(contentsOf: encoder.encode(line) + [10])
    }
}

extension BatchRunner.Progress {
    fileprivate mutating func add(_ completion: ChatCompletion) {
        completed += 1
        promptTokens += completion.usage?.promptTokens ?? 0
        completionTokens += completion.usage?.completionTokens ?? 0
    }
}
