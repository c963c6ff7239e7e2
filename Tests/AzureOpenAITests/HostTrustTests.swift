// Trust decisions: hosts that may receive keys, and hosts that may receive tokens.

import AzureOpenAI
import Basics
import ProviderKit
import Testing

struct HostTrustTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var address: String
        /// The decisions about keys and data, and about a sign-in token: yes, ask, never.
        var data: String
        var token: String
        var trusted: [String] = []
        var testDescription: String { "\(address) \(trusted)" }
    }

    @Test(arguments: [
        Case(address: "https://api.openai.com/v1", data: "yes", token: "ask"),
        Case(address: "https://eu.api.openai.com/v1", data: "yes", token: "ask"),
        Case(address: "https://x.openai.azure.com", data: "yes", token: "yes"),
        Case(address: "https://X.OPENAI.AZURE.COM/", data: "yes", token: "yes"),
        Case(address: "https://x.cognitiveservices.azure.com", data: "yes", token: "yes"),
        Case(address: "https://x.services.ai.azure.com/api/projects/p", data: "yes", token: "yes"),
        Case(address: "https://management.azure.com", data: "yes", token: "yes"),
        Case(address: "https://x.openai.azure.us", data: "yes", token: "yes"),
        Case(address: "https://management.usgovcloudapi.net", data: "yes", token: "yes"),
        Case(address: "https://x.openai.azure.cn", data: "yes", token: "yes"),
        // Another port, plain http, and names that only look like them.
        Case(address: "https://api.openai.com:8443", data: "ask", token: "ask"),
        Case(address: "http://api.openai.com", data: "ask", token: "never"),
        Case(address: "http://x.openai.azure.com", data: "ask", token: "never"),
        Case(address: "https://x.openai.azure.com:444", data: "ask", token: "ask"),
        Case(address: "https://openai.azure.com", data: "ask", token: "ask"),
        Case(address: "https://.openai.azure.com.evil.example", data: "bad", token: "bad"),
        Case(address: "https://evil-openai.azure.com", data: "ask", token: "ask"),
        Case(address: "https://xopenai.azure.com", data: "ask", token: "ask"),
        Case(address: "https://x.openai.azure.com.attacker.example", data: "ask", token: "ask"),
        Case(address: "https://x.openai.azure.com.", data: "ask", token: "ask"),
        Case(address: "https://api.openai.com.", data: "ask", token: "ask"),
        Case(address: "https://evilapi.openai.com", data: "ask", token: "ask"),
        Case(address: "https://management.azure.com.evil.example", data: "ask", token: "ask"),
        Case(address: "https://evilmanagement.azure.com", data: "ask", token: "ask"),
        Case(address: "https://azure.com", data: "ask", token: "ask"),
        // This machine gets keys, as local servers are common, and no token unless it is trusted.
        Case(address: "http://127.0.0.1:8471", data: "yes", token: "ask"),
        Case(address: "http://localhost:8471", data: "yes", token: "ask"),
        Case(address: "http://[::1]:8471", data: "yes", token: "ask"),
        Case(address: "http://2130706433:8471", data: "ask", token: "never"),
        Case(address: "http://127.0.0.1:8471", data: "yes", token: "yes", trusted: ["127.0.0.1"]),
        Case(address: "http://127.0.0.1:8471", data: "yes", token: "yes", trusted: ["127.0.0.1:8471"]),
        Case(address: "http://127.0.0.1:8471", data: "yes", token: "ask", trusted: ["127.0.0.1:8472", "localhost"]),
        // Hosts that the user trusts: the port counts.
        Case(address: "https://gateway.example/v1", data: "yes", token: "yes", trusted: ["gateway.example"]),
        Case(address: "https://Gateway.Example/v1", data: "yes", token: "yes", trusted: ["GATEWAY.example"]),
        Case(address: "https://gateway.example:8443", data: "ask", token: "ask", trusted: ["gateway.example"]),
        Case(address: "https://gateway.example:8443", data: "yes", token: "yes", trusted: ["gateway.example:8443"]),
        Case(address: "https://gateway.example", data: "ask", token: "ask", trusted: ["gateway.example:8443"]),
        Case(address: "http://gateway.example", data: "yes", token: "never", trusted: ["gateway.example"]),
        Case(address: "https://a.gateway.example", data: "ask", token: "ask", trusted: ["gateway.example"]),
        Case(address: "https://gateway.example.evil", data: "ask", token: "ask", trusted: ["gateway.example"]),
        Case(address: "https://xn--penai-9ua.example", data: "ask", token: "ask", trusted: ["openai.example"]),
    ])
    func verdict(example: Case) throws {
        let trust = HostTrust(Set(try example.trusted.map { try TrustedHost($0) }))
        func word(_ content: RequestContent) -> String {
            guard let address = try? ServerAddress(example.address) else { return "bad" }
            let isOwn = OwnHosts.contain(address.host, for: content)
            return switch trust.verdict(address, carrying: content, isProvidersOwn: isOwn) {
            case .allowed: "yes"
            case .needsTrust: "ask"
            case .refused: "never"
            }
        }
        #expect(word(.userData) == example.data)
        #expect(word(.ambientToken) == example.token)
    }

    @Test(arguments: ["", "a/b", "https://a", "a@b", "a b", "a:0", "a:x", "ä.example", "*", "*.example", "a,b"])
    func `what is not a host is not trusted`(text: String) {
        #expect(throws: BadServerAddress.self) { try TrustedHost(text) }
    }

    @Test(arguments: [("a.example", "a.example"), ("A:443", "a:443"), ("[::1]:8", "[::1]:8"), ("a:80", "a:80")])
    func `a trusted host is written as it is read`(text: String, written: String) throws {
        let host = try TrustedHost(text)
        #expect(host.description == written)
        #expect(try TrustedHost(host.description) == host)
    }
}
