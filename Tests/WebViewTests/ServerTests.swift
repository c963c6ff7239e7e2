// The server over loopback.

import Basics
import Foundation
import Testing

@testable import WebView

struct ServerTests {
    /// Sends a request as text and reads the answer to its end.
    private func exchange(_ port: Int, _ request: String) throws -> String {
        let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(handle) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(isConnected == 0)
        let bytes = Array(request.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { send(handle, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { break }
            sent += count
        }
        var answer: [UInt8] = [], buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(handle, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            answer += buffer.prefix(count)
        }
        return String(decoding: answer, as: UTF8.self)
    }

    @Test func answersOverLoopback() async throws {
        let project = try ViewProject()
        defer { project.remove() }
        try project.addRun("r1")
        var settings = WebViewSettings(environment: project.environment)
        settings.state = project.state
        let view = try await WebView.start(settings)
        let port = try #require(view.address.port), token = try #require(view.address.query).dropFirst("token=".count)
        func get(_ path: String, _ headers: String = "", method: String = "GET", body: String = "") throws -> String {
            try exchange(
                port,
                "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\(headers)"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        }
        #expect(view.address.host() == "127.0.0.1")
        let entry = try get("/?token=\(token)")
        #expect(entry.hasPrefix("HTTP/1.1 303"))
        let base = String(try #require(entry.firstMatch(of: #/(?i)location: (\S+)/#)?.output.1))
        let cookie = "Cookie: assay-view=\(token)\r\n"
        let page = try get(base, cookie)
        #expect(page.hasPrefix("HTTP/1.1 200") && page.contains("r1"))
        #expect(page.lowercased().contains("content-security-policy: default-src 'none'; script-src 'self'"))
        #expect(try get(base).hasPrefix("HTTP/1.1 401"))
        #expect(try get(base + "runs/r1/report", cookie).contains("<h1>"))
        #expect(try get(base, cookie, method: "HEAD").hasSuffix("\r\n\r\n"))
        #expect(try get(base, cookie, method: "DELETE").hasPrefix("HTTP/1.1 405"))
        #expect(try get(base + "?" + String(repeating: "a", count: 20_000), cookie).hasPrefix("HTTP/1.1 414"))
        let origin = cookie + "Origin: http://127.0.0.1:\(port)\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        let annotate = base + "runs/r1/annotate"
        #expect(try get(annotate, origin, method: "POST", body: "tags=x").hasPrefix("HTTP/1.1 403"))
        #expect(try get(annotate, origin, method: "POST", body: "tags=x&token=\(token)").hasPrefix("HTTP/1.1 403"))
        let run = try get(base + "runs/r1", cookie)
        let formToken = try #require(run.firstMatch(of: #/name="token" value="([0-9a-f]{64})"/#)?.output.1)
        #expect(try get(annotate, origin, method: "POST", body: "tags=x&token=\(formToken)").hasPrefix("HTTP/1.1 303"))
        #expect(
            try get(
                annotate, cookie + "Origin: http://127.0.0.1:\(port)\r\nContent-Type: text/plain\r\n", method: "POST",
                body: "tags=x"
            )
            .hasPrefix("HTTP/1.1 415"))
        await view.stop()
        var taken = settings
        taken.port = 1
        if getuid() != 0 { await #expect(throws: WebView.NotListening.self) { try await WebView.start(taken) } }
    }
}
