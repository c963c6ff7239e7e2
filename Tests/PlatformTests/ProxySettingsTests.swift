// Proxies by the rules of curl and requests, and through real proxies.

import Basics
import Foundation
import Platform
import TestServer
import Testing

@Suite struct ProxySettingsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var variables: [String: String]
        var address: String
        /// Host and port of the proxy.
        var proxy: String?
        var testDescription: String { "\(address) \(variables)" }
    }

    private static func excluded(_ list: String, _ address: String, _ isExcluded: Bool) -> Case {
        Case(variables: ["HTTPS_PROXY": "http://p:1", "NO_PROXY": list], address: address, proxy: isExcluded ? nil : "p:1")
    }

    @Test(
        arguments: [
            Case(variables: [:], address: "https://a.example", proxy: nil),
            Case(variables: ["HTTPS_PROXY": "http://p:3128"], address: "https://a.example", proxy: "p:3128"),
            Case(variables: ["HTTPS_PROXY": "http://p:3128"], address: "http://a.example", proxy: nil),
            Case(variables: ["HTTP_PROXY": "p:3128"], address: "http://a.example", proxy: "p:3128"),
            Case(variables: ["HTTP_PROXY": "http://P/"], address: "http://a.example", proxy: "p:80"),
            Case(
                variables: ["https_proxy": "http://small:1", "HTTPS_PROXY": "http://big:1"], address: "https://a",
                proxy: "small:1"),
            Case(variables: ["ALL_PROXY": "http://p:1"], address: "http://a.example", proxy: "p:1"),
            Case(variables: ["all_proxy": "socks5://p"], address: "https://a.example", proxy: "p:1080"),
            Case(variables: ["HTTPS_PROXY": "http://user:pa%40ss@p:1"], address: "https://a.example", proxy: "p:1"),
            Case(variables: ["HTTPS_PROXY": ""], address: "https://a.example", proxy: nil),
            // Requests to this machine are not sent through a proxy on another.
            Case(variables: ["HTTP_PROXY": "http://p:1"], address: "http://127.0.0.1:8801", proxy: nil),
            Case(variables: ["HTTP_PROXY": "http://127.0.0.1:3128"], address: "http://127.0.0.1:8801", proxy: "127.0.0.1:3128"),
            excluded("*", "https://a.example", true), excluded("a.example", "https://a.example", true),
            excluded("A.Example", "https://a.EXAMPLE", true), excluded(".a.example", "https://a.example", true),
            excluded("a.example", "https://x.a.example", true), excluded(".example", "https://a.example", true),
            excluded("*.example", "https://a.example", true), excluded("a.example", "https://xa.example", false),
            excluded("b.example, a.example", "https://a.example", true),
            excluded("b.example a.example", "https://a.example", true),
            excluded("a.example:443", "https://a.example", true), excluded("a.example:8443", "https://a.example", false),
            excluded("a.example:8443", "https://a.example:8443", true), excluded("", "https://a.example", false),
            excluded("10.0.0.0/8", "https://10.1.2.3", true), excluded("10.0.0.0/8", "https://11.1.2.3", false),
            excluded("192.168.1.0/25", "https://192.168.1.127", true), excluded("192.168.1.0/25", "https://192.168.1.128", false),
            excluded("10.1.2.3", "https://10.1.2.3", true), excluded("0.1.2.3", "https://10.1.2.3", false),
            excluded("0.0.0.0/0", "https://9.9.9.9", true), excluded("10.0.0.0/33", "https://10.0.0.1", false),
            excluded("fd00::/8", "https://[fd12::1]", true), excluded("fd00::/8", "https://[fe80::1]", false),
            excluded("[fd12::1]", "https://[fd12::1]", true), excluded("fd12:0::1", "https://[fd12::1]", true),
            excluded("[fd12::1]:8443", "https://[fd12::1]", false),
        ] as [Case])
    func `the proxy for an address`(example: Case) throws {
        let proxy = try ProxySettings(example.variables).proxy(for: ServerAddress(example.address))
        #expect(proxy.map { "\($0.host):\($0.port)" } == example.proxy)
    }

    @Test(arguments: ["https://p:1", "ftp://p", "http://", "http://p:x", "http://user:planted@p:x", "p p"])
    func `a proxy that cannot be used is an error without its password`(text: String) throws {
        let settings = ProxySettings(["HTTPS_PROXY": text])
        let error = try #require(throws: ProxyError.self) { try settings.proxy(for: ServerAddress("https://a.example")) }
        #expect("\(error)".hasPrefix("HTTPS_PROXY") && !"\(error)".contains("planted"))
    }

    // MARK: Real ones

    /// Plain http is forwarded: the whole address in the request line, and the password of the proxy.
    @Test func `a request is forwarded`() async throws {
        let proxy = try TestServer { request, _ in .answer(200, body: request.body) }
        defer { proxy.stop() }
        let transport = CurlTransport(environment: ["HTTP_PROXY": "http://user:pa%40ss@127.0.0.1:\(proxy.port)"])
        for _ in 0..<2 {
            let answer = try await transport.send(
                HTTPRequestValue(
                    .post, "http://models.example:8080/v1/x?q=1", fields: ["authorization": "Bearer k"],
                    body: [.bytes(Data("hello".utf8))]))
            #expect(answer.body == Data("hello".utf8))
        }
        #expect(proxy.requests.count == 2)
        for request in proxy.requests {
            #expect(request.target == "http://models.example:8080/v1/x?q=1")
            #expect(request["host"] == "models.example:8080")
            #expect(request["proxy-authorization"] == "Basic " + Data("user:pa@ss".utf8).base64EncodedString())
            #expect(request["authorization"] == "Bearer k")
        }
        _ = try await transport.send(HTTPRequestValue(.get, "http://models.example"))
        #expect(proxy.requests.last?.target == "http://models.example/")
    }

    @Test func `a host of NO_PROXY is asked directly`() async throws {
        let server = try TestServer { _, _ in .answer(200) }
        let proxy = try TestServer { _, _ in .answer(502) }
        defer {
            server.stop()
            proxy.stop()
        }
        let address = "http://127.0.0.1:\(proxy.port)"
        for list in ["127.0.0.1", "127.0.0.0/8", "127.0.0.1:\(server.port)"] {
            let transport = CurlTransport(environment: ["http_proxy": address, "no_proxy": list])
            #expect(try await transport.send(HTTPRequestValue(.get, server.url)).status == 200)
        }
        #expect(proxy.requests.isEmpty)
        let through = CurlTransport(environment: ["http_proxy": address, "no_proxy": "127.0.0.1:1"])
        #expect(try await through.send(HTTPRequestValue(.get, server.url)).status == 502)
    }

    @Test func `a proxy that does not answer is an error that names it`() async throws {
        let transport = CurlTransport(environment: ["HTTPS_PROXY": "http://127.0.0.1:\(try TestServer.freePort())"])
        let error = try await #require(throws: HTTPTransportError.self) {
            try await transport.send(HTTPRequestValue(.get, "https://models.example/v1"))
        }
        #expect(error.reason == .couldNotConnect && error.outcome == .surelyNotDone)
    }

    // MARK: TLS

    /// A TLS server for `models.example` with a self-made authority, behind a proxy that tunnels every request to it.
    private static let script = """
        import http.server, socket, ssl, subprocess, sys, threading
        folder = sys.argv[1]
        def run(*a): subprocess.run(a, check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
            "-subj", "/CN=Test CA", "-addext", "basicConstraints=critical,CA:TRUE")
        run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", "s.key", "-out", "s.csr", "-subj", "/CN=models.example")
        open(folder + "/ext", "w").write("subjectAltName=DNS:models.example,DNS:localhost")
        run("openssl", "x509", "-req", "-in", "s.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "s.pem",
            "-days", "2", "-extfile", "ext")
        class Page(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *a): pass
            def do_GET(self):
                body = (self.path + " " + (self.headers.get("authorization") or "-")).encode()
                self.send_response(200); self.send_header("content-length", str(len(body))); self.end_headers()
                self.wfile.write(body)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); context.load_cert_chain(folder + "/s.pem", folder + "/s.key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        class Tunnel(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *a): pass
            def do_CONNECT(self):
                open(folder + "/log", "a").write(self.path + " " + (self.headers.get("proxy-authorization") or "-") + "\\n")
                there = socket.create_connection(("127.0.0.1", server.server_port))
                self.send_response(200); self.end_headers()
                def copy(a, b):
                    try:
                        while (d := a.recv(65536)): b.sendall(d)
                    except OSError: pass
                    for s in (a, b):
                        try: s.shutdown(socket.SHUT_RDWR)
                        except OSError: pass
                threading.Thread(target=copy, args=(there, self.connection), daemon=True).start()
                copy(self.connection, there); self.close_connection = True
        proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Tunnel)
        print(f"{server.server_port} {proxy.server_port} ready", flush=True)
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        sys.stdin.read()
        """

    private static let hasTools = ["python3", "openssl"].allSatisfy { name in
        ["/usr/bin/", "/usr/local/bin/"].contains { FileManager.default.isExecutableFile(atPath: $0 + name) }
    }

    @Test(.enabled(if: hasTools, "needs python3 and openssl"))
    func `SSL_CERT_FILE and a tunnel`() async throws {
        let folder = try TestFolder()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", Self.script, folder.path("")]
        let out = Pipe(), into = Pipe()
        (process.standardOutput, process.standardInput) = (out, into)
        try process.run()
        defer {
            try? into.fileHandleForWriting.close()
            process.waitUntilExit()
        }
        var said = Data()
        while !said.contains(UInt8(ascii: "\n")) {
            let more = out.fileHandleForReading.availableData
            if more.isEmpty { break }
            said += more
        }
        let ports = String(decoding: said, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        try #require(ports.count == 3)
        let request = HTTPRequestValue(
            .get, "https://localhost:\(ports[0])/direct", fields: ["authorization": "Bearer k"])
        // Without the authority, nothing is sent.
        await #expect(throws: HTTPTransportError.self) { try await CurlTransport(environment: [:]).send(request) }
        let file = folder.path("ca.pem")
        let trusting = CurlTransport(environment: ["SSL_CERT_FILE": file])
        #expect(try await trusting.send(request).body == Data("/direct Bearer k".utf8))
        let tunnelled = CurlTransport(environment: [
            "SSL_CERT_FILE": file, "HTTPS_PROXY": "http://u:p@127.0.0.1:\(ports[1])", "NO_PROXY": "other.example",
        ])
        let through = HTTPRequestValue(.get, "https://models.example/v1", fields: ["authorization": "Bearer k"])
        #expect(try await tunnelled.send(through).body == Data("/v1 Bearer k".utf8))
        let log = try String(contentsOfFile: folder.path("log"), encoding: .utf8)
        #expect(log == "models.example:443 Basic " + Data("u:p".utf8).base64EncodedString() + "\n")
        // A server with a wrong certificate is rejected behind a proxy as well.
        await #expect(throws: HTTPTransportError.self) {
            try await tunnelled.send(HTTPRequestValue(.get, "https://evil.example/v1"))
        }
    }

    @Test func `certificates that cannot be read are an error, not the system's`() async throws {
        let folder = try TestFolder()
        let empty = try folder.write("empty.pem", Data("no certificate".utf8))
        for file in [folder.path("missing.pem"), empty] {
            let transport = CurlTransport(environment: ["SSL_CERT_FILE": file])
            let error = try await #require(throws: HTTPTransportError.self) {
                try await transport.send(HTTPRequestValue(.get, "https://127.0.0.1:1/"))
            }
            #expect(error.detail.contains("SSL_CERT_FILE"))
        }
    }
}
