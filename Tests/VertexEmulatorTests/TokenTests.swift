// The token endpoint.

import Basics
import EmulatorCore
import Foundation
import Platform
import Testing
import VertexEmulator

struct TokenTests {
    private func ask(_ rig: VertexRig, _ form: String) async throws -> HTTPResponseValue {
        try await rig.send(
            .post, "/token", body: Data(form.utf8), fields: ["content-type": "application/x-www-form-urlencoded"])
    }

    private func assertion(
        key: String = "k", audience: String = "https://oauth2.googleapis.com/token", life: Int64 = 3600,
        algorithm: String = "RS256"
    ) -> String {
        func part(_ value: JSONValue) -> String {
            Data(value.canonical.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
                .replacing("=", with: "")
        }
        let header = part(["alg": .string(algorithm), "typ": "JWT", "kid": .string(key)])
        let claims = part([
            "iss": "a@b.example", "aud": .string(audience), "iat": 1_800_000_000, "exp": .int(1_800_000_000 + life),
            "scope": "https://www.googleapis.com/auth/cloud-platform",
        ])
        return "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=\(header).\(claims).c2ln"
    }

    @Test func issuedTokensAreAccepted() async throws {
        let rig = try await VertexRig.start { $0.apiKey = "k" }
        for form in [assertion(), "grant_type=refresh_token&client_id=a&client_secret=b&refresh_token=k"] {
            let response = try await ask(rig, form)
            #expect(response.status == 200)
            let token = try JSONValue(parsing: response.body)["access_token"]?.string ?? ""
            #expect(try await rig.send(.get, "/storage/v1/b/test", fields: ["authorization": "Bearer \(token)"]).status == 200)
        }
        await rig.close()
    }

    @Test func wrongRequestsAreRefused() async throws {
        let rig = try await VertexRig.start { $0.apiKey = "k" }
        let cases: [(id: String, form: String, error: JSONValue)] = [
            ("grant", "grant_type=password", "unsupported_grant_type"),
            ("refresh token", "grant_type=refresh_token&client_id=a&client_secret=b&refresh_token=x", "invalid_grant"),
            ("missing", "grant_type=refresh_token&client_id=a", "invalid_request"),
            ("key", assertion(key: "other"), "invalid_grant"),
            ("audience", assertion(audience: rig.base + "/token"), "invalid_grant"),
            ("life", assertion(life: 7200), "invalid_grant"),
            ("algorithm", assertion(algorithm: "none"), "invalid_grant"),
        ]
        for item in cases {
            let response = try await ask(rig, item.form)
            #expect(response.status == 400, "\(item.id)")
            #expect(try JSONValue(parsing: response.body)["error"] == item.error, "\(item.id)")
        }
        await rig.close()
    }
}
