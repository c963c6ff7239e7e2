// An OpenAI-like provider whose replies differ from the reference in one way at a time.

import Foundation
import Synchronization
import TestServer

/// Answers with one oddity. Its clock jumps, so that no test waits.
final class OddProvider: Sendable {
    private struct State {
        var skew = 0.0
        var files: [String: String] = [:]
        var jobs: [String: [String: any Sendable]] = [:]
        var asked = 0
        /// The image that the provider does not take: the first one asked about.
        var badImage: String?
        var isRepaired = false
    }

    private let mode: String
    private let state = Mutex(State())

    init(_ mode: String) { self.mode = mode }

    /// The number of created jobs, which are paid for.
    var jobs: Int { state.withLock { $0.jobs.count } }
    /// The number of online requests.
    var asked: Int { state.withLock { $0.asked } }
    /// Ends the oddity.
    func repair() { state.withLock { $0.isRepaired = true } }

    private static func json(_ object: Any, _ status: Int = 200) -> TestServer.Reply {
        let data = (try? JSONSerialization.data(withJSONObject: object)) ?? Data()
        return .answer(status, ["Content-Type": "application/json"], body: data)
    }

    private static let notFound = json(["error": ["message": "Not found"]], 404)
    private static let completion =
        #"{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"circle"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":2,"total_tokens":12}}"#
    private static let badImage =
        #"{"error":{"message":"Invalid image data.","type":"invalid_request_error","code":"invalid_image"}}"#

    func answer(_ request: TestServer.Request) -> TestServer.Reply {
        state.withLock { state in
            let body = (try? JSONSerialization.jsonObject(with: request.body)) as? [String: Any] ?? [:]
            let parts = request.path.split(separator: "/").map(String.init)
            switch (request.method, parts.dropFirst().first ?? "") {
            // Budgets hold for real dollars only, which a server without a virtual clock spends.
            case (_, "clock") where mode == "two-missing", (_, "wait") where mode == "two-missing": return Self.notFound
            case (_, "clock"): return Self.json(["now": Date().timeIntervalSince1970 + state.skew, "computing": false])
            case (_, "wait"):
                state.skew += body["seconds"] as? Double ?? 0
                return Self.json(["now": Date().timeIntervalSince1970 + state.skew, "computing": false])
            case ("POST", "chat"): return chat(request.text, &state)
            case ("POST", "files"): return upload(request, &state)
            case ("GET", "files"): return file(parts, &state)
            case ("POST", "batches"), ("POST", "fine_tuning"): return create(parts[1], body, &state)
            case ("GET", "batches"), ("GET", "fine_tuning"): return look(parts, &state)
            default: return Self.notFound
            }
        }
    }

    private func chat(_ text: String, _ state: inout State) -> TestServer.Reply {
        state.asked += 1
        let image = text.firstMatch(of: #/base64,([^"]*)"/#).map { String($0.output.1) } ?? ""
        if state.badImage == nil { state.badImage = image }
        let isBad = image == state.badImage
        switch mode {
        case "one-bad" where isBad: return .json(400, Self.badImage, ["x-request-id": "r-\(state.asked)"])
        case "one-crashes" where isBad: return .json(500, #"{"error":{"message":"the model crashed on this image"}}"#)
        case "gpt5" where text.contains("\"max_tokens\""):
            return .json(
                400,
                #"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","param":"max_tokens","code":"unsupported_parameter"}}"#
            )
        case "gpt5" where !text.contains("\"max_completion_tokens\": 40") || !text.contains("\"reasoning_effort\": \"low\""):
            return .json(400, #"{"error":{"message":"the new keys did not arrive"}}"#)
        case "two-missing":
            return .json(200, Self.completion.replacing(#""prompt_tokens":10,"#, with: #""prompt_tokens":1000000,"#))
        case "leak": return .json(401, #"{"error":{"message":"Incorrect API key provided: planted-key"}}"#)
        default: return .json(200, Self.completion)
        }
    }

    private func upload(_ request: TestServer.Request, _ state: inout State) -> TestServer.Reply {
        let content =
            request.text.components(separatedBy: "filename=").last?.components(separatedBy: "\r\n\r\n").dropFirst()
            .joined(separator: "\r\n\r\n").components(separatedBy: "\r\n--").first ?? ""
        let id = "file-\(state.files.count + 1)"
        state.files[id] = content
        return Self.json(["id": id, "status": mode == "file-status" ? "basking" : "processed"])
    }

    private func file(_ parts: [String], _ state: inout State) -> TestServer.Reply {
        guard parts.count > 2 else {
            return mode == "no-lists" ? Self.notFound : Self.json(["object": "list", "data": []])
        }
        guard let content = state.files[parts[2]] else { return Self.notFound }
        if parts.count > 3 { return .answer(200, body: Data(content.utf8)) }
        return Self.json(["id": parts[2], "status": mode == "file-status" ? "basking" : "processed"])
    }

    private func create(_ kind: String, _ body: [String: Any], _ state: inout State) -> TestServer.Reply {
        let id = (kind == "batches" ? "batch_" : "ftjob-") + "\(state.jobs.count + 1)"
        var job: [String: any Sendable] = ["id": id, "status": "in_progress", "created_at": 1_800_000_000, "polls": 0]
        if kind == "batches" {
            job["input_file_id"] = body["input_file_id"] as? String
            job["metadata"] = body["metadata"] as? [String: String]
        } else {
            job["model"] = body["model"] as? String
            job["suffix"] = body["suffix"] as? String
        }
        state.jobs[id] = job
        return Self.json(job)
    }

    private func look(_ parts: [String], _ state: inout State) -> TestServer.Reply {
        let place = parts[1] == "batches" ? 2 : 3
        guard parts.count > place else {
            return mode == "no-lists" ? Self.notFound : Self.json(["object": "list", "data": state.jobs.values.map(\.self)])
        }
        guard var job = state.jobs[parts[place]] else { return Self.notFound }
        if parts.count > place + 1 {
            return mode == "events-404" && !state.isRepaired ? Self.notFound : Self.json(["object": "list", "data": []])
        }
        let polls = (job["polls"] as? Int ?? 0) + 1
        job["polls"] = polls
        if polls == 2 { place == 2 ? finishBatch(&job, &state) : finishJob(&job, &state) }
        state.jobs[parts[place]] = job
        return Self.json(job)
    }

    private func finishBatch(_ job: inout [String: any Sendable], _ state: inout State) {
        let asked = (state.files[job["input_file_id"] as? String ?? ""] ?? "").split(separator: "\n").compactMap { line in
            ((try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any])?["custom_id"] as? String
        }
        var answers: [String] = []
        var failures: [String] = []
        for (index, id) in asked.enumerated() {
            let usual = #"{"custom_id":"\#(id)","response":{"status_code":200,"body":\#(Self.completion)},"error":null}"#
            let refusal = #"{"custom_id":"\#(id)","response":{"status_code":400,"body":\#(Self.badImage)},"error":null}"#
            switch mode {
            case "errors-only": failures.append(refusal)
            case "empty-first" where state.jobs.count == 1:
                answers.append(usual.replacing("\"content\":\"circle\"", with: "\"content\":\"\""))
            case "two-missing" where index < 2: continue
            case "one-bad" where index == 0: failures.append(refusal)
            case "all-500":
                answers.append(#"{"custom_id":"\#(id)","response":{"status_code":500,"body":{"error":{"message":"boom"}}}}"#)
            case "no-status": answers.append(#"{"custom_id":"\#(id)","response":{"body":\#(Self.completion)}}"#)
            case "flat": answers.append(#"{"custom_id":"\#(id)","response":\#(Self.completion)}"#)
            case "unreadable": answers.append(#"{"custom_id":"\#(id)","response":{"status_code":200,"body":17}}"#)
            default: answers.append(usual)
            }
        }
        if mode == "cut-line" { answers[0] = String(answers[0].prefix(40)) }
        job["status"] =
            switch mode {
            case "done": "done"
            case "hibernating": "hibernating"
            default: "completed"
            }
        if mode == "no-files" || mode == "hibernating" { return }
        for (key, lines) in [("output_file_id", answers), ("error_file_id", failures)] where !lines.isEmpty {
            let id = "file-\(state.files.count + 1)"
            state.files[id] = mode == "array" ? "[" + lines.joined(separator: ",") + "]" : lines.joined(separator: "\n")
            job[key] = id
        }
    }

    private func finishJob(_ job: inout [String: any Sendable], _ state: inout State) {
        job["status"] = mode == "completed" ? "completed" : "succeeded"
        job["fine_tuned_model"] = "ft:tuned"
        job["finished_at"] = 1_800_000_100
        job["trained_tokens"] = 1000
        let table = "step,train_loss\n1,0.5\n2,0.25\n"
        switch mode {
        case "result-404": job["result_files"] = ["file-gone"]
        default:
            let id = "file-\(state.files.count + 1)"
            state.files[id] =
                mode == "result-html" ? "<html>no</html>" : mode == "result-none" ? table.replacing("0.25", with: "None") : table
            job["result_files"] = [id]
        }
    }
}
