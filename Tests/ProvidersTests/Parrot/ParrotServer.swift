// The server of the provider that exists only in tests: it keeps files and jobs, and its models repeat their training
// answers.

import Basics
import Foundation
import Synchronization
import TestServer

/// The folder of a test; the store has another type of this name.

/// A running server. An untrained model answers `parrot`; a trained one repeats its training answer for the same image.
final class ParrotServer: Sendable {
    private struct State {
        var shelf: [String: Data] = [:]
        var jobs: [String: [JSONValue]] = [:]
        /// The answers of a trained model, by the text of the image.
        var lessons: [String: String] = [:]
    }

    private let state: Shelf
    private let server: TestServer

    private final class Shelf: Sendable {
        let state = Mutex(State())
    }

    init() throws {
        let shelf = Shelf()
        state = shelf
        server = try TestServer { request, _ in shelf.state.withLock { ParrotServer.answer(request, &$0) } }
    }

    var url: String { server.url }
    var requests: [TestServer.Request] { server.requests }
    func jobs(_ path: String) -> [JSONValue] { state.state.withLock { $0.jobs[path] ?? [] } }
    func stop() { server.stop() }

    private static func answer(_ request: TestServer.Request, _ state: inout State) -> TestServer.Reply {
        guard request["x-parrot-key"] == "polly" else { return .json(401, #"{"squawk":"who are you?"}"#) }
        let parts = request.path.split(separator: "/").map(String.init)
        func list(_ values: [JSONValue]) -> TestServer.Reply {
            .json(200, JSONValue.object(["list": .array(values)]).canonical)
        }
        switch (request.method, parts.first ?? "", parts.count) {
        case ("POST", "ask", 1):
            guard let question = try? JSONValue(parsing: request.body) else { return .json(400, #"{"squawk":"eh?"}"#) }
            return .json(200, said(question, state).canonical)
        case ("PUT", "shelf", 2):
            state.shelf[parts[1]] = request.body
            return .json(200, "{}")
        case ("GET", "shelf", 1): return list(state.shelf.keys.sorted().map { .string($0) })
        case ("GET", "shelf", 2):
            guard let file = state.shelf[parts[1]] else { return .json(404, #"{"squawk":"no such file"}"#) }
            return .answer(200, body: file)
        case ("POST", let path, 1): return create(path, request, &state)
        case ("GET", let path, 1): return list(state.jobs[path] ?? [])
        case ("GET", let path, 2):
            guard let job = state.jobs[path]?.first(where: { $0["id"]?.string == parts[1] }) else {
                return .json(404, #"{"squawk":"no such job"}"#)
            }
            return .json(200, job.canonical)
        default: return .json(404, #"{"squawk":"nothing here"}"#)
        }
    }

    private static func create(
        _ path: String, _ request: TestServer.Request, _ state: inout State
    ) -> TestServer.Reply {
        guard case .object(var job)? = try? JSONValue(parsing: request.body), let input = job["input"]?.string,
            let file = state.shelf[input]
        else { return .json(400, #"{"squawk":"no input"}"#) }
        let lines = file.split(separator: UInt8(ascii: "\n")).compactMap { try? JSONValue(parsing: Data($0)) }
        let number = (state.jobs[path] ?? []).count + 1
        job["id"] = .string("\(path)-\(number)")
        job["state"] = "done"
        if path == "batches" {
            // Results come in no order.
            let results = lines.reversed().map { line -> String in
                guard case .object(var result) = said(line, state) else { return "" }
                result["name"] = line["name"]
                return JSONValue.object(result).canonical
            }
            state.shelf["answers-\(number)"] = Data(results.joined(separator: "\n").utf8)
            job["output"] = .string("answers-\(number)")
        } else {
            for line in lines {
                if let image = image(in: line), let say = line["say"]?.string { state.lessons[image] = say }
            }
            job["bird"] = .string((job["bird"]?.string ?? "") + "-taught")
            job["words"] = .int(Int64(lines.count))
        }
        state.jobs[path, default: []].append(.object(job))
        return .json(200, JSONValue.object(job).canonical)
    }

    private static func image(in line: JSONValue) -> String? {
        line["reported"]?.array?.compactMap(\.string).last { $0.hasPrefix("data:image/") }
    }

    private static func said(_ question: JSONValue, _ state: State) -> JSONValue {
        let isTaught = question["bird"]?.string?.hasSuffix("-taught") ?? false
        let says = isTaught ? image(in: question).flatMap { state.lessons[$0] } ?? "nothing" : "parrot"
        return ["says": .string(says), "words": 7]
    }
}
