// Callers of the emulator: programs on this machine with its key are accepted, web pages are not.

import AzureEmulator
import Basics
import EmulatorCore
import Foundation
import Glibc
import Platform
import Testing

struct CallerTests {
    /// Guards against DNS rebinding: a page reaches 127.0.0.1 through a host name that it controls.
    @Test(arguments: [
        ("evil.example", 421), ("127.0.0.1.evil.example", 421), ("localhost.evil.example:80", 421),
        ("evil.example@127.0.0.1", 421),
        ("2130706433", 421), ("localhost", 200), ("LOCALHOST:1234", 200), ("127.0.0.1:1", 200), ("[::1]:80", 200),
    ])
    func `the host of a request is this machine`(host: String, status: Int) async throws {
        let rig = try await Rig.start()
        let answer = try await rig.send(.get, "/openai/files", fields: ["api-key": "k", "host": host])
        #expect(answer.status == status)
        #expect(try await rig.send(.get, "/emulator/clock", fields: ["host": host]).status == status)
        await rig.close()
    }

    /// Pages of another server on this machine may use the key. Guards: without one they could move the clock.
    @Test(arguments: [
        (["origin": "https://evil.example"], 403, 403), (["origin": "null"], 403, 403),
        (["origin": "http://localhost.evil.example"], 403, 403), (["origin": "file://"], 403, 403),
        (["sec-fetch-site": "cross-site"], 403, 403), (["origin": "http://localhost:3000"], 200, 403),
        (["origin": "http://127.0.0.1:8080", "sec-fetch-site": "same-site"], 200, 403),
        (["sec-fetch-site": "same-site"], 200, 403), (["sec-fetch-site": "none"], 200, 200),
        (["host": "127.0.0.1:80", "origin": "http://127.0.0.1", "sec-fetch-site": "same-origin"], 200, 200),
        (["host": "127.0.0.1:80", "origin": "https://127.0.0.1:80"], 200, 403),
    ])
    func `a page elsewhere gets no answer`(fields: [String: String], status: Int, withoutKey: Int) async throws {
        let rig = try await Rig.start()
        let all = HTTPFields(
            (fields.map { ($0.key, $0.value) } + [("api-key", "k")]).map { HTTPFields.Field(name: $0.0, value: $0.1) })
        #expect(try await rig.send(.get, "/openai/files", fields: all).status == status)
        #expect(try await rig.send(.get, "/emulator/costs", fields: all).status == withoutKey)
        #expect((try await rig.send(.post, "/emulator/clock/advance", fields: all).status == 403) == (withoutKey == 403))
        await rig.close()
    }

    @Test func `a key opens both planes, and nothing else does`() async throws {
        let key = AccountSettings.randomKey()
        #expect(key.utf8.count == 32 && key != AccountSettings.randomKey())
        let rig = try await Rig.start { $0.apiKey = key }
        let control =
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/test/deployments"
            + "?api-version=2024-10-01"
        for (given, status) in [(key, 200), ("k", 401), ("", 401), (key + "x", 401), (String(key.dropLast()), 401)] {
            let fields: HTTPFields = ["api-key": given, "authorization": "Bearer " + given]
            #expect(try await rig.send(.get, "/openai/files", fields: fields).status == status)
            #expect(try await rig.send(.get, "/openai/v1/models", fields: fields).status == status)
            #expect(try await rig.send(.get, control, fields: fields).status == status)
        }
        await rig.close()
    }

    @Test func `long requests are refused and leave nothing`() async throws {
        let rig = try await Rig.start { $0.limits.receivedBytes = 2000 }
        #expect(try await rig.upload(String(repeating: "x", count: 4000)).status == 413)
        let left = try FileManager.default.contentsOfDirectory(atPath: rig.folder.path + "/files")
        #expect(left.isEmpty)
        let long = JSONValue.object(["input_file_id": .string(String(repeating: "x", count: 17 << 20))])
        #expect(try await rig.send(.post, "/openai/batches", json: long).status == 413)
        await rig.close()
    }

    /// Ids in a request never become paths.
    @Test(arguments: ["..%2F..%2Faccount", "%2E%2E", "..", "%2Fetc%2Fpasswd", "a%00b"])
    func `an id of a request is never a path`(id: String) async throws {
        let rig = try await Rig.start()
        for path in [
            "/openai/files/\(id)", "/openai/files/\(id)/content", "/openai/batches/\(id)",
            "/openai/fine_tuning/jobs/\(id)/events",
        ] {
            let status = try await rig.send(.get, path).status
            #expect((400..<500).contains(status), "\(path) \(status)")
        }
        let job: JSONValue = ["model": "shapes-base", "training_file": .string("../../account")]
        #expect((400..<500).contains(try await rig.send(.post, "/openai/fine_tuning/jobs", json: job).status))
        #expect(FileManager.default.fileExists(atPath: rig.folder.path + "/account.json"))
        await rig.close()
    }

    @Test func `a connection that says nothing is closed`() async throws {
        let rig = try await Rig.start { $0.idleTimeout = 0.3 }
        // Nothing but the end of the connection; `nil` would be this test's own patience.
        #expect(try Self.exchange("GET / HT", with: rig) == "")
        await rig.close()
    }

    /// Guards against a client of HTTP/1.0 that waits forever: it reads to the end of the connection.
    @Test(arguments: [
        "HTTP/1.0\r\n", "HTTP/1.0\r\nConnection: keep-alive\r\n", "HTTP/1.1\r\nConnection: close\r\n",
        "HTTP/1.1\r\nConnection: Close\r\n", "HTTP/1.1\r\nConnection: TE, close\r\n",
    ])
    func `a connection ends as its client announces`(rest: String) async throws {
        let rig = try await Rig.start { $0.idleTimeout = 60 }
        let request = "GET /openai/v1/models \(rest)Host: 127.0.0.1\r\nAuthorization: Bearer t\r\n\r\n"
        let answer = try #require(try Self.exchange(request, with: rig))
        #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.hasSuffix("}"))
        #expect(answer.lowercased().contains("\r\nconnection: close\r\n"))
        await rig.close()
    }

    /// Sends a text and reads until the emulator ends the connection; `nil` when it is still open after ten seconds.
    private static func exchange(_ text: String, with rig: Rig) throws -> String? {
        let port = try #require(URL(string: rig.base)?.port)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(connected == 0)
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        _ = send(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL))
        var answer: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &piece, piece.count, 0)
            if count < 0 { return nil }
            if count == 0 { return String(decoding: answer, as: UTF8.self) }
            answer += piece.prefix(count)
        }
    }
}
