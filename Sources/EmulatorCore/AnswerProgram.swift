// A program that answers instead of the emulator's model.

import Basics
package import Foundation
package import Platform

/// Any program behind the hosted API. It receives each question's picture and text, and its output is the answer.
///
/// The program is started once for each question: `ASSAY_IMAGE` is the path of the picture, `ASSAY_IMAGES` a JSON list of
/// all of them, `ASSAY_QUESTION` the text, `ASSAY_SCHEMA` the JSON schema of the answer if one was requested, and standard input
/// holds all of these as JSON. Its standard
/// output is the answer. A program that stays is started once and receives that JSON as a line for each question; it answers
/// each with one line: `{"answer": …}` or `{"error": "…"}`.
package actor AnswerProgram {
    /// A question for the program.
    struct Question: Sendable {
        /// The bytes of the pictures, in order; empty without a picture.
        var pictures: [Data]
        /// The question's text.
        var text: String
        /// The schema of the answer; `nil` for plain text.
        var schema: JSONValue?
    }

    /// The reason why there is no answer, for a person.
    struct Failure: Error {
        var message: String
    }

    /// The name shown in reports: the program's.
    package nonisolated let name: String
    private let command: ChildCommand
    private let stays: Bool
    private let timeLimit: Duration
    private let pictures: URL
    private var running: LineProcess?
    private var starts = 0
    private var asked = 0
    private var waiting: CheckedContinuation<Data?, Never>?
    private var last: Task<Void, Never>?

    /// - Parameters:
    ///   - command: the program with its environment and working folder.
    ///   - stays: whether it answers all questions in one process.
    ///   - timeLimit: the longest time for one answer.
    ///   - pictures: the folder for the pictures of open questions; made when needed.
    package init(_ command: ChildCommand, name: String, stays: Bool, timeLimit: Duration, pictures: URL) {
        self.command = command
        self.name = name
        self.stays = stays
        self.timeLimit = timeLimit
        self.pictures = pictures
    }

    /// The program's answer: its output without white space at the ends.
    func answer(_ question: Question) async throws(Failure) -> String {
        asked += 1
        let number = asked
        let paths = question.pictures.enumerated().map { at, picture in
            pictures.appending(path: "question-\(number)\(at == 0 ? "" : "-\(at + 1)").\(Self.ending(picture))")
        }
        defer { for path in paths { try? FileManager.default.removeItem(at: path) } }
        for (path, picture) in zip(paths, question.pictures) {
            do {
                try FileManager.default.createDirectory(at: pictures, withIntermediateDirectories: true)
                try picture.write(to: path)
            } catch {
                throw Failure(message: "\(path.path): cannot be written: \(error.localizedDescription)")
            }
        }
        let images = paths.map(\.path)
        guard stays else { return try await once(question, images) }
        // A long-lived program answers one question at a time, in the order of their arrival.
        let before = last
        let turn = Task { () -> Result<String, Failure> in
            await before?.value
            do throws(Failure) { return .success(try await self.inTurn(question, images)) } catch { return .failure(error) }
        }
        last = Task { _ = await turn.value }
        return try await turn.value.get()
    }

    /// Ends a long-lived program.
    func stop() async {
        await running?.stop()
        running = nil
    }

    private static func ending(_ picture: Data) -> String {
        switch picture.first {
        case 0xFF: "jpg"
        case UInt8(ascii: "G"): "gif"
        case UInt8(ascii: "R"): "webp"
        default: "png"
        }
    }

    private static func line(_ question: Question, _ images: [String]) -> Data {
        let members: [String: JSONValue] = [
            "image": images.first.map(JSONValue.string) ?? .null, "images": .array(images.map(JSONValue.string)),
            "question": .string(question.text),
            "schema": question.schema ?? .null,
        ]
        return Data(JSONValue.object(members).canonical.utf8)
    }

    // MARK: A process for each question

    private func once(_ question: Question, _ images: [String]) async throws(Failure) -> String {
        var command = command
        command.environment["ASSAY_IMAGE"] = images.first
        command.environment["ASSAY_IMAGES"] = JSONValue.array(images.map(JSONValue.string)).canonical
        command.environment["ASSAY_QUESTION"] = question.text
        command.environment["ASSAY_SCHEMA"] = question.schema?.canonical
        let (started, limit) = (command, timeLimit)
        let input = Self.line(question, images)
        let result: ChildResult?
        do {
            result = try await withThrowingTaskGroup(of: ChildResult?.self) { group in
                group.addTask { try await ChildProcess.run(started, input: input, outputLimit: 16 << 20) }
                group.addTask {
                    try await Task.sleep(for: limit)
                    return nil
                }
                defer { group.cancelAll() }
                return try await group.next() ?? nil
            }
        } catch {
            throw failure(starting: error)
        }
        guard let result else { throw Failure(message: "the program \(name) did not answer within \(limit)") }
        guard result.status.isSuccess else {
            throw Failure(message: "the program \(name) \(Self.describe(result.status))\(Self.end(result.errorTail))")
        }
        guard let output = String(data: result.output, encoding: .utf8) else {
            throw Failure(message: "the output of the program \(name) is not UTF-8")
        }
        return output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    // MARK: One process for all questions

    private func inTurn(_ question: Question, _ images: [String]) async throws(Failure) -> String {
        let process: LineProcess
        do {
            if let running { process = running } else { process = try await start() }
            try await process.send(Self.line(question, images))
        } catch {
            throw failure(starting: error)
        }
        let number = starts
        let timer = Task { [timeLimit] in
            try await Task.sleep(for: timeLimit)
            await self.end(number)
        }
        let line = await withCheckedContinuation { waiting = $0 }
        timer.cancel()
        guard let line else {
            throw Failure(
                message: "the program \(name) ended before it answered, or took longer than \(timeLimit)"
                    + Self.end(process.errorTail))
        }
        let reply = try? JSONValue(parsing: line)
        if let error = reply?["error"]?.string { throw Failure(message: "the program \(name): \(error)") }
        guard let answer = reply?["answer"] else {
            throw Failure(
                message: "the program \(name) wrote '\(String(decoding: line.prefix(80), as: UTF8.self))', which is not "
                    + "{\"answer\": …}")
        }
        return answer.string ?? answer.canonical
    }

    private func start() async throws -> LineProcess {
        let process = try await LineProcess.launch(command)
        starts += 1
        let number = starts
        running = process
        Task {
            do {
                for try await line in process.lines { self.received(line) }
            } catch {}
            self.ended(number)
        }
        return process
    }

    private func received(_ line: Data) {
        waiting?.resume(returning: line)
        waiting = nil
    }

    private func ended(_ number: Int) {
        guard number == starts else { return }
        running = nil
        waiting?.resume(returning: nil)
        waiting = nil
    }

    private func end(_ number: Int) async {
        if number == starts { await running?.stop() }
    }

    // MARK: Wording

    private func failure(starting error: any Error) -> Failure {
        switch error {
        case ChildProcessError.programNotFound(let program):
            Failure(message: "the program '\(program)' is not on PATH: install it or correct 'program'")
        case ChildProcessError.launchFailed(let program, let reason):
            Failure(message: "the program '\(program)' could not be started: \(reason)")
        case ChildProcessError.ended(_, let status, let tail):
            Failure(message: "the program \(name) ended before it answered: it \(Self.describe(status))\(Self.end(tail))")
        case ChildProcessError.outputTooLong(_, let limit):
            Failure(message: "the program \(name) wrote more than \(limit) bytes")
        default: Failure(message: "the program \(name): \(error)")
        }
    }

    private static func describe(_ status: ExitStatus) -> String {
        switch status {
        case .exited(let code): "exited with \(code)"
        case .signalled(let signal): "was terminated by signal \(signal)"
        }
    }

    private static func end(_ errors: String) -> String {
        let text = errors.trimmingCharacters(in: .whitespacesAndNewlines)
        return text.isEmpty ? "" : "; end of its output: \(text.suffix(300))"
    }
}
