// Files and uploads.

import AzureEmulator
import Basics
import EmulatorCore
import Foundation
import Platform
import Testing

struct FileTests {
    @Test func isProcessedAndReturnedUnchanged() async throws {
        let rig = try await Rig.start()
        let content = "first\r\n--\r\n-B\r\nlast"
        let response = try await rig.upload(content)
        #expect(response.status == 201)
        #expect(response.fields["location"]?.contains("/openai/files/file-") == true)
        #expect(response.fields["apim-request-id"] != nil)
        let file = try JSONValue(parsing: response.body)
        #expect(file["status"] == "pending")
        #expect(file["bytes"]?.int == content.utf8.count)
        let id = try #require(file["id"]?.string)
        try await rig.wait(2)
        #expect(try await rig.json(.get, "/openai/files/\(id)")["status"] == "running")
        try await rig.wait(2)
        #expect(try await rig.json(.get, "/openai/files/\(id)")["status"] == "processed")
        let got = try await rig.send(.get, "/openai/files/\(id)/content")
        #expect(String(decoding: got.body, as: UTF8.self) == content)
        #expect(try await rig.json(.delete, "/openai/files/\(id)")["deleted"] == true)
        #expect(try await rig.send(.get, "/openai/files/\(id)").status == 404)
        await rig.close()
    }

    @Test func v1Answers200() async throws {
        let rig = try await Rig.start()
        #expect(try await rig.upload("x", surface: "/openai/v1").status == 200)
        await rig.close()
    }

    struct Refusal: CustomTestStringConvertible {
        var id: String
        var purpose = "batch"
        var version = Rig.version
        var fields: [(String, String)] = []
        var head = "; filename=\"a.jsonl\"\r\nContent-Type: application/jsonl"
        var words: String
        var testDescription: String { id }
    }

    static let refusals = [
        Refusal(id: "no content type", head: "; filename=\"a.jsonl\"", words: "content type"),
        Refusal(id: "no file name", head: "\r\nContent-Type: application/jsonl", words: "file name"),
        Refusal(id: "unknown purpose", purpose: "vision", words: "purpose"),
        Refusal(id: "output purpose", purpose: "batch_output", words: "purpose"),
        Refusal(
            id: "life too short",
            fields: [("expires_after.anchor", "created_at"), ("expires_after.seconds", "60")], words: "1209600"),
        Refusal(
            id: "life in a stable version", version: "2024-10-21",
            fields: [("expires_after.anchor", "created_at"), ("expires_after.seconds", "1209600")],
            words: "api-version"),
        Refusal(
            id: "wrong anchor", fields: [("expires_after.anchor", "now"), ("expires_after.seconds", "1209600")],
            words: "created_at"),
    ]

    @Test(arguments: refusals)
    func refuses(_ refusal: Refusal) async throws {
        let rig = try await Rig.start()
        let response = try await rig.upload(
            "x", purpose: refusal.purpose, fields: refusal.fields, fileHead: refusal.head, version: refusal.version)
        #expect(response.status == 400)
        #expect(rig.errorCode(response) == "invalidPayload")
        #expect(String(decoding: response.body, as: UTF8.self).contains(refusal.words))
        await rig.close()
    }

    @Test(arguments: [("expires_after.anchor", "expires_after.seconds"), ("expires_after[anchor]", "expires_after[seconds]")])
    func expiresWithDottedAndBracketedNames(_ names: (String, String)) async throws {
        let rig = try await Rig.start()
        let response = try await rig.upload("x", fields: [(names.0, "created_at"), (names.1, "1209600")])
        let file = try JSONValue(parsing: response.body)
        #expect(file["expires_at"]?.int == (file["created_at"]?.int ?? 0) + 1_209_600)
        _ = try await rig.json(.post, "/emulator/clock/advance", ["seconds": 1_209_601])
        #expect(try await rig.send(.get, "/openai/files/\(file["id"]?.string ?? "")").status == 404)
        await rig.close()
    }

    @Test func fileIsUploadedInParts() async throws {
        let rig = try await Rig.start()
        let upload = try await rig.json(
            .post, "/openai/uploads",
            ["purpose": "fine-tune", "filename": "t.jsonl", "bytes": 9, "mime_type": "application/jsonl"])
        let id = upload["id"]?.string ?? ""
        var parts: [JSONValue] = []
        for text in ["def", "ghi", "abc"] {
            let form =
                "--B\r\nContent-Disposition: form-data; name=\"data\"; filename=\"upload\"\r\n"
                + "Content-Type: application/octet-stream\r\n\r\n\(text)\r\n--B--\r\n"
            let response = try await rig.send(
                .post, "/openai/uploads/\(id)/parts", body: Data(form.utf8),
                fields: ["api-key": "k", "content-type": "multipart/form-data; boundary=B"])
            parts.append(try JSONValue(parsing: response.body)["id"] ?? .null)
        }
        let short = try await rig.send(
            .post, "/openai/uploads/\(id)/complete", json: ["part_ids": [parts[0]]])
        #expect(short.status == 400)
        let done = try await rig.json(
            .post, "/openai/uploads/\(id)/complete", ["part_ids": [parts[2], parts[0], parts[1]]])
        #expect(done["status"] == "completed")
        let file = done["file"]?["id"]?.string ?? ""
        let content = try await rig.send(.get, "/openai/files/\(file)/content")
        #expect(String(decoding: content.body, as: UTF8.self) == "abcdefghi")
        let again = try await rig.send(.post, "/openai/uploads/\(id)/cancel")
        #expect(again.status == 400)
        await rig.close()
    }

    struct FullAccount: CustomTestStringConvertible {
        var id: String
        var purpose = "batch"
        var fields: [(String, String)] = []
        var code = "quotaExceeded"
        var change: @Sendable (inout ServiceLimits) -> Void
        var testDescription: String { id }
    }

    private static let expiry = [("expires_after.anchor", "created_at"), ("expires_after.seconds", "1209600")]

    static let fullAccounts = [
        FullAccount(id: "batch files") { $0.batchFiles = 1 },
        FullAccount(id: "batch files with expiry", fields: expiry) { $0.batchFilesWithExpiry = 1 },
        FullAccount(id: "training files", purpose: "fine-tune") { $0.fineTuneFiles = 1 },
        FullAccount(id: "bytes of training files", purpose: "fine-tune") { $0.fineTuneBytes = 5 },
        FullAccount(id: "size of a batch file", code: "invalidPayload") { $0.batchFileBytes = 2 },
        FullAccount(id: "size of a training file", purpose: "fine-tune", code: "invalidPayload") {
            $0.fineTuneFileBytes = 2
        },
    ]

    /// The second file of three bytes is too much, or the first where one is too large.
    @Test(arguments: fullAccounts) func fullAccountsRefuse(_ account: FullAccount) async throws {
        let rig = try await Rig.start { account.change(&$0.limits) }
        var answers: [HTTPResponseValue] = []
        for _ in 0..<2 {
            answers.append(try await rig.upload("abc", purpose: account.purpose, fields: account.fields))
        }
        #expect(answers[0].isSuccess == (account.code == "quotaExceeded"))
        #expect(answers[1].status == 400)
        #expect(rig.errorCode(answers[1]) == account.code)
        await rig.close()
    }

    /// The provider's quota page: ten header fields of one's own; its SDKs send nine about themselves, which do not count.
    @Test(arguments: [(10, 200), (11, 431)]) func headersOfOnesOwnAreCounted(count: Int, status: Int) async throws {
        let rig = try await Rig.start()
        var fields: HTTPFields = ["api-key": "k", "x-ms-client-request-id": "1", "x-stainless-lang": "python"]
        for index in 0..<count { fields["x-own-\(index)"] = "v" }
        let response = try await rig.send(.get, "/openai/files", fields: fields)
        #expect(response.status == status)
        #expect(status == 200 || rig.errorCode(response) == "431")
        await rig.close()
    }

    @Test func moreFilesThanASecondTakesAreRefused() async throws {
        let rig = try await Rig.start { $0.limits.uploadsPerSecond = 2 }
        for _ in 0..<2 { #expect(try await rig.upload(Rig.batchLine("1", "cat")).status == 201) }
        let third = try await rig.upload(Rig.batchLine("1", "cat"))
        #expect(third.status == 429 && third.fields["retry-after"] == "1")
        try await rig.wait(1)
        #expect(try await rig.upload(Rig.batchLine("1", "cat")).status == 201)
        await rig.close()
    }

    @Test func keysAndVersionsAreAsked() async throws {
        let rig = try await Rig.start { $0.apiKey = "secret" }
        func status(_ path: String, _ fields: HTTPFields) async throws -> Int {
            try await rig.send(.get, path, fields: fields).status
        }
        #expect(try await status("/openai/files", [:]) == 401)
        #expect(try await status("/openai/files", ["api-key": "wrong"]) == 401)
        #expect(try await status("/openai/files", ["api-key": "secret"]) == 200)
        #expect(try await status("/openai/files", ["authorization": "Bearer secret"]) == 200)
        #expect(try await status("/openai/v1/files", ["authorization": "Bearer secret"]) == 200)
        #expect(try await status("/openai/files?x=1", ["api-key": "secret"]) == 404)
        #expect(try await status("/openai/v1/files?api-version=2024-10-21", ["api-key": "secret"]) == 400)
        #expect(try await status("/openai/nothing", ["api-key": "secret"]) == 404)
        await rig.close()
    }
}
