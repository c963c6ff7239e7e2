// Creates, inspects and deletes deployments on the control plane, a separate service with its own token audience.

package import AzureWire
import Basics
import Foundation
import Platform
package import ProviderKit

/// The control plane location of an account's deployments.
package struct ControlPlane: Hashable, Sendable {
    /// Without a trailing slash.
    package var baseURL: String
    /// The subscription's id, a path segment like the other two names.
    package var subscription: String
    /// The resource group of the account.
    package var resourceGroup: String
    /// The name of the Azure OpenAI resource.
    package var account: String
    /// The `api-version` of the control plane, unrelated to that of the data plane.
    package var apiVersion: String

    /// - Parameter baseURL: trailing slashes are removed.
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

    /// The URL of a deployment, or of the list for `nil`. Throws `ProviderError.unsafeID`.
    func url(deployment: String?) throws(ProviderError) -> String {
        var path =
            "/subscriptions/\(try pathSegment(subscription))/resourceGroups/\(try pathSegment(resourceGroup))"
            + "/providers/Microsoft.CognitiveServices/accounts/\(try pathSegment(account))/deployments"
        if let deployment { path += "/\(try pathSegment(deployment))" }
        return appendingQuery([("api-version", apiVersion)], to: baseURL + path)
    }

    /// Rejects names that would direct a request to another account, before anything is sent or recorded.
    /// - Throws: `ProviderError.unsafeID`.
    package func checkNames() throws(ProviderError) { _ = try url(deployment: nil) }

    /// Whether a link leads to this control plane; tokens are sent nowhere else. The service also writes its links with
    /// the default port and with other letter case.
    func owns(_ link: String) -> Bool {
        guard let link = try? ServerAddress(link), let own = try? ServerAddress(baseURL) else { return false }
        return link == own
    }
}

/// Manages the deployments of one account. Throws `ProviderError` or `CancellationError`.
package struct DeploymentsClient: Sendable {
    private let connection: ProviderConnection
    private let plane: ControlPlane
    /// Seconds between polls, unless the service states another interval.
    private let interval: Double

    /// - Parameter interval: seconds between polls, unless the service states another interval.
    package init(connection: ProviderConnection, plane: ControlPlane, interval: Double = 5) {
        self.connection = connection
        self.plane = plane
        self.interval = interval
    }

    /// Creates a deployment and waits until it is ready. Repeating the call changes nothing. Throws
    /// `ProviderError.deploymentFailed` or `.deploymentNotReady`; after either, a deployment to delete may remain.
    /// - Parameter limit: the maximum wait in seconds.
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

    /// Replaces the tags of a deployment without changing anything else.
    package func setTags(_ name: String, _ tags: [String: String]) async throws {
        let request = try connection.json(.patch, plane.url(deployment: name), body: ["tags": tags])
        _ = try await call("tag deployment \(name)", request)
    }

    /// A deployment by name; for a missing one, throws an error with `isNotFound`.
    package func get(_ name: String) async throws -> Deployment {
        try await connection.call(
            "get deployment \(name)", .repeatable, audience: .controlPlane,
            connection.get(plane.url(deployment: name)))
    }

    /// All deployments of the account. Links to other hosts are not followed.
    /// - Throws: also `ProviderError.unreadable` for a list that does not end, repeats a page or continues elsewhere: a
    ///   partial list is never treated as complete, because a deployment that it lacks may be billed.
    package func list() async throws -> [Deployment] {
        func unreadable(_ reason: String) -> ProviderError {
            .unreadable(operation: "list deployments", status: 200, reason: reason)
        }
        var deployments: [Deployment] = []
        var link: String? = try plane.url(deployment: nil)
        var visited: Set<String> = []
        while let next = link {
            guard visited.insert(next).inserted else { throw unreadable("the list repeats a page") }
            // Each page may lead to another one without end. Accounts have a few hundred deployments.
            guard visited.count <= 2000, deployments.count <= 100_000 else {
                throw unreadable("the list does not end: \(deployments.count) items in \(visited.count - 1) pages")
            }
            let page: DeploymentList = try await connection.call(
                "list deployments", .repeatable, audience: .controlPlane, connection.get(next))
            deployments += page.value
            link = page.nextLink.flatMap { $0.isEmpty ? nil : $0 }
            if let link, !plane.owns(link) {
                throw unreadable("the list continues at another server: \(ProviderText.line(link))")
            }
        }
        return deployments
    }

    /// Deletes a deployment and waits until it is gone; no error if it does not exist.
    /// - Parameter limit: the maximum wait in seconds.
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
                // The `location` URL answers 202 until the deletion is complete; the deployment's own URL answers
                // until it is gone.
                if link != nil, poll.status != 202 { return }
            }
        } catch let error as ProviderError where error.isNotFound {
            return
        }
    }

    /// A repeatable call with a control plane token.
    private func call(_ operation: String, _ request: HTTPRequestValue) async throws -> HTTPResponseValue {
        try await connection.call(operation, .repeatable, audience: .controlPlane, request).response
    }

    /// Polls a long-running operation until it ends. Throws `.deploymentFailed` or `.deploymentNotReady`.
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

    /// Sleeps before the next poll and returns the interval after it. Throws `.deploymentNotReady` once the time
    /// limit is reached.
    private func pause(_ seconds: Double, name: String, since start: Date, limit: Double) async throws -> Double {
        let waited = await connection.clock.now().timeIntervalSince(start)
        guard waited < limit else { throw ProviderError.deploymentNotReady(name: name, waited: waited) }
        // The interval of the service may exceed the remaining time.
        try await connection.clock.sleep(seconds: min(seconds, limit - waited))
        return interval
    }
}
