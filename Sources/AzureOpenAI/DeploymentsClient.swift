// Deployments: made, looked at and deleted on the control plane, which is another service with another audience.

package import AzureWire
import Basics
import Foundation
import Platform
package import ProviderKit

/// Where an account's deployments are.
package struct ControlPlane: Hashable, Sendable {
    /// Without a slash at its end.
    package var baseURL: String
    package var subscription: String
    package var resourceGroup: String
    package var account: String
    package var apiVersion: String

    package init(
        baseURL: String = "https://management.azure.com", subscription: String, resourceGroup: String,
        account: String, apiVersion: String = "2024-10-01"
    ) {
        var base = baseURL
        while base.hasSuffix("/") { base.removeLast() }
        self.baseURL = base
        self.subscription = subscription
        self.resourceGroup = resourceGroup
        self.account = account
        self.apiVersion = apiVersion
    }

    func url(deployment: String?) throws(ProviderError) -> String {
        var path =
            "/subscriptions/\(try pathSegment(subscription))/resourceGroups/\(try pathSegment(resourceGroup))"
            + "/providers/Microsoft.CognitiveServices/accounts/\(try pathSegment(account))/deployments"
        if let deployment { path += "/\(try pathSegment(deployment))" }
        return appendingQuery([("api-version", apiVersion)], to: baseURL + path)
    }

    /// Refuses names that would lead a request to another account, before anything is sent or recorded.
    /// - Throws: `ProviderError.unsafeID`.
    package func checkNames() throws(ProviderError) { _ = try url(deployment: nil) }

    /// Whether a link leads to this control plane: a token is sent nowhere else.
    func owns(_ link: String) -> Bool { link.hasPrefix(baseURL + "/") }
}

package struct DeploymentsClient: Sendable {
    private let connection: ProviderConnection
    private let plane: ControlPlane
    /// Seconds between two looks at something that takes its time, unless the service says otherwise.
    private let interval: Double

    package init(connection: ProviderConnection, plane: ControlPlane, interval: Double = 5) {
        self.connection = connection
        self.plane = plane
        self.interval = interval
    }

    /// Puts a deployment up and waits until it stands. Putting the same again changes nothing. Throws
    /// `ProviderError.deploymentFailed` or `.deploymentNotReady`; either may leave something behind to delete.
    /// - Parameter limit: seconds to wait.
    package func create(_ name: String, _ deployment: Deployment, limit: Double = 1800) async throws -> Deployment {
        let operation = "create deployment \(name)"
        let start = await connection.clock.now()
        let request = try connection.json(.put, plane.url(deployment: name), body: deployment)
        let answer = try await call(operation, request)
        if let link = answer.fields["azure-asyncoperation"], plane.owns(link) {
            try await waitForOperation(at: link, name: name, since: start, limit: limit, first: answer)
        }
        var wait = interval
        while true {
            let current = try await get(name)
            let state = current.properties.provisioningState
            if state == .succeeded { return current }
            if let state, state.isTerminal {
                throw ProviderError.deploymentFailed(name: name, state: state.rawValue, reason: nil)
            }
            wait = try await pause(wait, name: name, since: start, limit: limit)
        }
    }

    /// Replaces the tags of a deployment; nothing else of it changes.
    package func setTags(_ name: String, _ tags: [String: String]) async throws {
        let request = try connection.json(.patch, plane.url(deployment: name), body: ["tags": tags])
        _ = try await call("tag deployment \(name)", request)
    }

    package func get(_ name: String) async throws -> Deployment {
        try await connection.call(
            "get deployment \(name)", .repeatable, audience: .controlPlane,
            connection.get(plane.url(deployment: name)))
    }

    package func list() async throws -> [Deployment] {
        var deployments: [Deployment] = []
        var link: String? = try plane.url(deployment: nil)
        var visited: Set<String> = []
        while let next = link, visited.insert(next).inserted {
            let page: DeploymentList = try await connection.call(
                "list deployments", .repeatable, audience: .controlPlane, connection.get(next))
            deployments += page.value
            link = page.nextLink.flatMap { plane.owns($0) ? $0 : nil }
        }
        return deployments
    }

    /// Deletes a deployment and waits until it is gone; one that is gone already is no error.
    /// - Parameter limit: seconds to wait.
    package func delete(_ name: String, limit: Double = 900) async throws {
        let operation = "delete deployment \(name)"
        let start = await connection.clock.now()
        do {
            let answer = try await call(operation, HTTPRequestValue(.delete, plane.url(deployment: name)))
            guard answer.status == 202 else { return }
            if let link = answer.fields["azure-asyncoperation"], plane.owns(link) {
                try await waitForOperation(at: link, name: name, since: start, limit: limit, first: answer)
                return
            }
            let link = answer.fields["location"].flatMap { plane.owns($0) ? $0 : nil }
            var wait = RateLimit.retryAfter(answer.fields, now: start) ?? interval
            while true {
                wait = try await pause(wait, name: name, since: start, limit: limit)
                let poll = try await call(operation, connection.get(link ?? plane.url(deployment: name)))
                // A location answers 202 until the work is done; the deployment itself is there until it is not.
                if link != nil, poll.status != 202 { return }
            }
        } catch let error as ProviderError where error.isNotFound {
            return
        }
    }

    private func call(_ operation: String, _ request: HTTPRequestValue) async throws -> HTTPResponseValue {
        try await connection.call(operation, .repeatable, audience: .controlPlane, request).response
    }

    private func waitForOperation(
        at link: String, name: String, since start: Date, limit: Double, first: HTTPResponseValue
    ) async throws {
        var wait = RateLimit.retryAfter(first.fields, now: start) ?? interval
        while true {
            wait = try await pause(wait, name: name, since: start, limit: limit)
            let answer = try await call("follow deployment \(name)", connection.get(link))
            let operation: AsyncOperation = try await connection.decode(answer, "follow deployment \(name)")
            if operation.status == .succeeded { return }
            if operation.status.isTerminal {
                throw ProviderError.deploymentFailed(
                    name: name, state: operation.status.rawValue, reason: operation.error?.message)
            }
            wait = RateLimit.retryAfter(answer.fields, now: start) ?? interval
        }
    }

    /// Waits, unless the time is up; returns the next wait.
    private func pause(_ seconds: Double, name: String, since start: Date, limit: Double) async throws -> Double {
        let waited = await connection.clock.now().timeIntervalSince(start)
        guard waited < limit else { throw ProviderError.deploymentNotReady(name: name, waited: waited) }
        // The service may ask for a longer wait than there is time.
        try await connection.clock.sleep(seconds: min(seconds, limit - waited))
        return interval
    }
}
