// The control plane: all ways to follow a long-running operation.

import AzureWire
import Basics
import Foundation
import ProviderKit
import Synchronization
import TestServer
import Testing

@testable import AzureOpenAI

private let wanted = Deployment(
    sku: DeploymentSKU(name: .standard, capacity: 50),
    properties: DeploymentProperties(model: DeploymentModel(name: "gpt-4o.ft-1", version: "1")))

private let path =
    "/subscriptions/sub/resourceGroups/my%20group/providers/Microsoft.CognitiveServices/accounts/acc/deployments"

private func deployment(_ state: String) -> String {
    #"{"name":"assay-1","properties":{"provisioningState":"\#(state)"}}"#
}

private func client(_ server: TestServer, _ clock: JumpingClock = JumpingClock()) -> DeploymentsClient {
    DeploymentsClient(
        connection: connection(clock, credential: .bearer(Secret("arm-token"))),
        plane: ControlPlane(
            baseURL: server.url + "/", subscription: "sub", resourceGroup: "my group", account: "acc"))
}

@Suite struct DeploymentsClientTests {
    @Test func withoutAnyLinkTheDeploymentItselfIsLookedAt() async throws {
        let server = try TestServer { request, index in
            request.method == "PUT"
                ? .json(201, deployment("Accepted")) : .json(200, deployment(index < 4 ? "Creating" : "Succeeded"))
        }
        defer { server.stop() }
        let clock = JumpingClock()
        let result = try await client(server, clock).create("assay-1", wanted)
        #expect(result.properties.provisioningState == .succeeded)
        #expect(server.requests.map(\.method) == ["PUT", "GET", "GET", "GET", "GET"])
        #expect(server.requests.allSatisfy { $0.target == path + "/assay-1?api-version=2024-10-01" })
        #expect(server.requests.allSatisfy { $0["authorization"] == "Bearer arm-token" })
        let expected: JSONValue = [
            "sku": ["name": "Standard", "capacity": 50],
            "properties": ["model": ["format": "OpenAI", "name": "gpt-4o.ft-1", "version": "1"]],
        ]
        #expect(try JSONValue(parsing: server.requests[0].body) == expected)
        #expect(clock.waits == [5, 5, 5])
    }

    @Test func anOperationIsFollowed() async throws {
        let link = Mutex("")
        let server = try TestServer { request, index in
            if request.method == "PUT" {
                return .json(
                    201, deployment("Accepted"), ["Azure-AsyncOperation": link.withLock(\.self), "Retry-After": "2"])
            }
            if request.path == "/operations/1" {
                return .json(200, #"{"status":"\#(index < 3 ? "Creating" : "Succeeded")"}"#)
            }
            return .json(200, deployment("Succeeded"))
        }
        defer { server.stop() }
        link.withLock { $0 = server.url + "/operations/1?api-version=1" }
        let clock = JumpingClock()
        _ = try await client(server, clock).create("assay-1", wanted)
        #expect(server.requests.map { $0.path == "/operations/1" } == [false, true, true, true, false])
        #expect(clock.waits == [2, 5, 5])
    }

    @Test func tokenIsSentToNoOtherHost() async throws {
        let other = try TestServer { _, _ in .json(200, #"{"status":"Succeeded"}"#) }
        defer { other.stop() }
        let link = other.url + "/operations/1"
        let server = try TestServer { request, _ in
            request.method == "PUT"
                ? .json(201, deployment("Accepted"), ["Azure-AsyncOperation": link])
                : .json(200, deployment("Succeeded"))
        }
        defer { server.stop() }
        _ = try await client(server).create("assay-1", wanted)
        #expect(other.requests.isEmpty)
    }

    @Test func aDeploymentThatFails() async throws {
        let server = try TestServer { request, _ in
            .json(request.method == "PUT" ? 201 : 200, deployment(request.method == "PUT" ? "Creating" : "Failed"))
        }
        defer { server.stop() }
        await #expect(throws: ProviderError.deploymentFailed(name: "assay-1", state: "Failed", reason: nil)) {
            try await client(server).create("assay-1", wanted)
        }
    }

    @Test func failedOperationStatesTheReason() async throws {
        let link = Mutex("")
        let server = try TestServer { request, _ in
            request.method == "PUT"
                ? .json(201, deployment("Accepted"), ["Azure-AsyncOperation": link.withLock(\.self)])
                : .json(200, #"{"status":"Failed","error":{"code":"NoCapacity","message":"none left"}}"#)
        }
        defer { server.stop() }
        link.withLock { $0 = server.url + "/operations/1" }
        let error = try await #require(throws: ProviderError.self) {
            try await client(server).create("assay-1", wanted)
        }
        #expect("\(error)".contains("none left"))
    }

    @Test func deploymentThatNeverBecomesReady() async throws {
        let server = try TestServer { _, _ in .json(200, deployment("Creating")) }
        defer { server.stop() }
        await #expect(throws: ProviderError.deploymentNotReady(name: "assay-1", waited: 58)) {
            try await client(server).create("assay-1", wanted, limit: 58)
        }
    }

    @Test func anotherChangeUnderWayIsWaitedFor() async throws {
        let server = try TestServer { request, index in
            if index == 0 { return .json(409, #"{"error":{"code":"RequestConflict","message":"busy"}}"#) }
            return .json(200, deployment("Succeeded"))
        }
        defer { server.stop() }
        _ = try await client(server).create("assay-1", wanted)
        #expect(server.requests.map(\.method) == ["PUT", "PUT", "GET"])
    }

    struct DeleteCase: CustomTestStringConvertible, Sendable {
        let id: String
        /// Status and link of the responses in turn; `%` in a link is replaced by the server.
        let answers: [(status: Int, fields: [String: String], body: String)]
        let paths: [String]
        var testDescription: String { id }
    }

    @Test(arguments: [
        DeleteCase(id: "at once", answers: [(200, [:], "")], paths: [path + "/assay-1"]),
        DeleteCase(id: "gone already", answers: [(204, [:], "")], paths: [path + "/assay-1"]),
        DeleteCase(id: "not found", answers: [(404, [:], "{}")], paths: [path + "/assay-1"]),
        DeleteCase(
            id: "location", answers: [(202, ["Location": "%/wait/1"], ""), (202, [:], ""), (204, [:], "")],
            paths: [path + "/assay-1", "/wait/1", "/wait/1"]),
        DeleteCase(
            id: "operation",
            answers: [
                (202, ["Azure-AsyncOperation": "%/op/1", "Location": "%/wait/1"], ""),
                (200, [:], #"{"status":"Deleting"}"#), (200, [:], #"{"status":"Succeeded"}"#),
            ], paths: [path + "/assay-1", "/op/1", "/op/1"]),
        DeleteCase(
            id: "no link",
            answers: [(202, [:], ""), (200, [:], deployment("Deleting")), (404, [:], "{}")],
            paths: [path + "/assay-1", path + "/assay-1", path + "/assay-1"]),
    ])
    func deletes(_ deletion: DeleteCase) async throws {
        let base = Mutex("")
        let server = try TestServer { _, index in
            let answer = deletion.answers[min(index, deletion.answers.count - 1)]
            return .answer(
                answer.status, answer.fields.mapValues { $0.replacing("%", with: base.withLock(\.self)) },
                body: Data(answer.body.utf8))
        }
        defer { server.stop() }
        base.withLock { $0 = server.url }
        try await client(server).delete("assay-1")
        #expect(server.requests.map(\.path) == deletion.paths)
        #expect(server.requests.map(\.method).first == "DELETE")
    }

    @Test func aRefusedDeleteIsReported() async throws {
        let server = try TestServer { _, _ in .json(403, #"{"error":{"code":"AuthorizationFailed","message":"m"}}"#) }
        defer { server.stop() }
        let error = try await #require(throws: ProviderError.self) { try await client(server).delete("assay-1") }
        #expect(error.code == "AuthorizationFailed")
    }

    @Test func listsFollowTheirLinks() async throws {
        let base = Mutex("")
        let server = try TestServer { request, _ in
            request.path == "/page2"
                ? .json(200, #"{"value":[{"name":"b","properties":{}}],"nextLink":null}"#)
                : .json(
                    200,
                    #"{"value":[{"name":"a","properties":{}}],"nextLink":"\#(base.withLock(\.self))/page2?skip=1"}"#)
        }
        defer { server.stop() }
        base.withLock { $0 = server.url }
        #expect(try await client(server).list().map(\.name) == ["a", "b"])
    }

    /// Guards: a list that did not end was read for ever; one that repeated a page or continued at another server was
    /// taken for complete, so that a billed deployment could be missed.
    @Test(arguments: [
        ("without end", "{base}/page{next}", "does not end", 2000), ("the same page", "{base}/page0", "repeats a page", 2),
        ("another server", "https://evil.example/page", "continues at another server", 1),
        ("plain text", "next", "continues at another server", 1),
    ])
    func listsThatAreNotRead(id: String, link: String, reason: String, requests: Int) async throws {
        let base = Mutex("")
        let server = try TestServer { _, number in
            let next = link.replacing("{base}", with: base.withLock(\.self)).replacing("{next}", with: "\(number + 1)")
            return .json(200, #"{"value":[{"name":"a","properties":{}}],"nextLink":"\#(next)"}"#)
        }
        defer { server.stop() }
        base.withLock { $0 = server.url }
        let error = try await #require(throws: ProviderError.self) { try await client(server).list() }
        #expect("\(error)".contains(reason), "\(id): \(error)")
        #expect(server.requests.count == requests, "\(id)")
    }

    /// Guards: the service's links with the default port were not followed, and the list counted as complete.
    @Test(arguments: [
        ("https://management.azure.com/x?$skiptoken=1", true), ("https://management.azure.com:443/x", true),
        ("HTTPS://Management.Azure.com/x", true), ("https://management.azure.com.evil.example/x", false),
        ("https://management.azure.com@evil.example/x", false), ("http://management.azure.com/x", false),
        ("https://management.azure.com:8443/x", false), ("//management.azure.com/x", false), ("", false),
    ])
    func linksOfTheControlPlane(link: String, isOwn: Bool) {
        let plane = ControlPlane(subscription: "s", resourceGroup: "g", account: "a")
        #expect(plane.owns(link) == isOwn)
    }
}
