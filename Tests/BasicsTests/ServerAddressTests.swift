// Addresses that name one server, and tricks that look like another.

import Basics
import Testing

struct ServerAddressTests {
    @Test(
        arguments: [
            ("https://api.openai.com/v1", "api.openai.com", 443, false), ("HTTPS://API.OpenAI.com", "api.openai.com", 443, false),
            ("https://api.openai.com:443/v1?x#y", "api.openai.com", 443, false), ("https://a:8443", "a", 8443, false),
            ("https://api.openai.com./v1", "api.openai.com.", 443, false),
            ("https://evil.example#.openai.azure.com", "evil.example", 443, false),
            ("https://evil.example?.openai.azure.com", "evil.example", 443, false),
            ("http://127.0.0.1:8801/v1", "127.0.0.1", 8801, true), ("http://localhost", "localhost", 80, true),
            ("http://LOCALHOST:1", "localhost", 1, true), ("http://[::1]:8000/v1", "[::1]", 8000, true),
            ("http://127.255.0.3", "127.255.0.3", 80, true), ("http://localhost.", "localhost.", 80, false),
            ("http://localhost.evil.example", "localhost.evil.example", 80, false),
            ("http://127.0.0.1.evil.example", "127.0.0.1.evil.example", 80, false),
            // Other spellings of 127.0.0.1 are not accepted as this machine.
            ("http://2130706433", "2130706433", 80, false), ("http://0x7f.1", "0x7f.1", 80, false),
            ("http://127.1", "127.1", 80, false), ("http://0177.0.0.1", "0177.0.0.1", 80, false),
            ("http://127.0.0.01", "127.0.0.01", 80, false), ("http://127.0.0.256", "127.0.0.256", 80, false),
            ("http://0.0.0.0", "0.0.0.0", 80, false), ("http://[::ffff:127.0.0.1]", "[::ffff:127.0.0.1]", 80, false),
        ] as [(String, String, Int, Bool)])
    func reads(address: String, host: String, port: Int, isLoopback: Bool) throws {
        let server = try ServerAddress(address)
        #expect(server.host == host)
        #expect(server.port == port)
        #expect(server.isLoopback == isLoopback)
        #expect(server.isSecure == address.lowercased().hasPrefix("https"))
    }

    @Test(
        arguments: [
            ("", .scheme), ("api.openai.com", .scheme), ("ftp://a", .scheme), ("file:///etc/passwd", .scheme),
            ("//a", .scheme), ("javascript://a", .scheme),
            ("https://api.openai.com@evil.example", .credentials), ("https://api.openai.com:x@evil.example/", .credentials),
            ("http://user:pw@169.254.169.254/v1", .credentials), ("https://@a", .credentials),
            ("https://", .host), ("https:///v1", .host), ("https://.a", .host), ("https://a%2eb", .host),
            ("https://[::1", .host), ("https://[evil]", .host), ("https://[fe80::1%25eth0]", .host), ("https://:443", .host),
            ("https://a:", .port), ("https://a:0", .port), ("https://a:65536", .port), ("https://a:+1", .port),
            ("https://a:1:2", .port), ("https://[::1]8", .port), ("https://a:443a", .port),
            ("https://api.openai.com\\.evil.example", .characters), ("https://a b", .characters),
            ("https://a\n.b", .characters), ("https://аpi.openai.com", .characters), ("https://a\u{0}", .characters),
            ("https://evil\u{2044}.openai.azure.com", .characters), ("https://a\u{3002}b", .characters),
        ] as [(String, BadServerAddress)])
    func refuses(address: String, reason: BadServerAddress) {
        #expect(throws: reason) { try ServerAddress(address) }
    }
}
