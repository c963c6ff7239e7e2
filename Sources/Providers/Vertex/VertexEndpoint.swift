// The addresses of Vertex AI and Cloud Storage.

import Basics
import Foundation
import ProviderKit

/// The addresses of one account.
struct VertexEndpoint: Hashable, Sendable {
    /// The project's id or number.
    var project: String
    /// The location of base models and batches: a region, `us`, `eu` or `global`.
    var location: String
    /// The region in which models are tuned.
    var tuningLocation: String
    /// The bucket's name.
    var bucket: String
    /// The folder in the bucket, without slashes at its ends; empty for none.
    var folder: String
    /// One server for everything, such as an emulator or a gateway; `nil` for Google's own hosts.
    var server: String?
    /// Whether a bucket that does not exist is created, as at an emulator that another account was started for.
    var createsBucket = false

    /// The regions in which models are tuned: the configured one, then the others that the documentation names (2026-10).
    var tuningLocations: [String] {
        [tuningLocation] + ["us-central1", "europe-west4"].filter { $0 != tuningLocation }
    }

    /// The multi-region that serves the tuned models of a region (documentation, 2026-10).
    static func multiRegion(of region: String) -> String { region.hasPrefix("europe-") ? "eu" : "us" }

    /// The address of a location's API server.
    /// - Throws: `ProviderError.unsafeID` for a text that is not a location.
    func base(_ location: String) throws -> String {
        if let server { return server }
        guard GoogleHosts.isLocation(location) else { throw ProviderError.unsafeID(location) }
        return switch location {
        case "global": "https://aiplatform.googleapis.com"
        case "us", "eu": "https://aiplatform.\(location).rep.googleapis.com"
        default: "https://\(location)-aiplatform.googleapis.com"
        }
    }

    /// The address of a collection of this project, such as `tuningJobs`.
    func collection(_ name: String, in location: String) throws -> String {
        "\(try base(location))/v1/projects/\(try pathSegment(project))/locations/\(try pathSegment(location))/\(name)"
    }

    /// The address of a resource by the name that the service gave it: `projects/P/locations/L/KIND/ID…`. Its location
    /// decides the host.
    /// - Throws: `ProviderError.unsafeID` for a name of another form.
    func resource(_ name: String, version: String = "v1") throws -> String {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 6, parts.count.isMultiple(of: 2), parts[0] == "projects", parts[2] == "locations" else {
            throw ProviderError.unsafeID(name)
        }
        let path = try parts.map { try pathSegment($0) }.joined(separator: "/")
        return "\(try base(parts[3]))/\(version)/\(path)"
    }

    /// The address for requests to a model or to the endpoint of a tuned one.
    func question(to target: String) throws -> String {
        let address =
            target.hasPrefix("projects/")
            ? try resource(target)
            : try collection("publishers/google/models/\(pathSegment(target))", in: location)
        return address + ":generateContent"
    }

    /// The location in a resource name; `nil` for another text.
    static func location(of name: String) -> String? {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count >= 4 && parts[0] == "projects" && parts[2] == "locations" ? String(parts[3]) : nil
    }

    /// The last part of a resource name.
    static func id(of name: String) -> String { name.split(separator: "/").last.map(String.init) ?? name }

    // MARK: Cloud Storage

    /// The address of Cloud Storage.
    var storage: String { server ?? "https://storage.googleapis.com" }

    /// The name of an object in the account's folder.
    func object(_ path: String) -> String { folder.isEmpty ? path : folder + "/" + path }

    /// The address of an object's description.
    func url(of object: StorageAddress) -> String {
        "\(storage)/storage/v1/b/\(percentEncoded(object.bucket))/o/\(percentEncoded(object.name))"
    }
}

/// The address of an object of Cloud Storage, or of a folder.
struct StorageAddress: Hashable, Sendable, CustomStringConvertible {
    var bucket: String
    var name: String

    init(bucket: String, name: String) {
        self.bucket = bucket
        self.name = name
    }

    /// Parses `gs://bucket/name`; a folder's name ends with a slash. Throws `ProviderError.unsafeID`, also for a name with
    /// an empty part, `.` or `..`: servers resolve them, and the request would concern another object.
    init(_ uri: String) throws {
        let parts = uri.unicodeScalars.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).map { String($0) }
        guard parts.count == 4, parts[0] == "gs:", parts[1].isEmpty, !parts[2].isEmpty, !parts[3].isEmpty else {
            throw ProviderError.unsafeID(uri)
        }
        (bucket, name) = (parts[2], parts[3])
        do {
            _ = try pathSegment(bucket)
            _ = try pathSegment(name.utf8.last == UInt8(ascii: "/") ? String(name.unicodeScalars.dropLast()) : name)
        } catch { throw ProviderError.unsafeID(uri) }
    }

    var description: String { "gs://\(bucket)/\(name)" }
}
