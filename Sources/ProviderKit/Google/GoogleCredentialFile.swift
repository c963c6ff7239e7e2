// The files in which Google's tools keep credentials.

import Basics
import Foundation
import Platform

/// A credential file: the key of a service account, or the sign-in of a user by `gcloud auth application-default login`.
package enum GoogleCredentialFile: Sendable {
    /// A service account with its private key.
    case serviceAccount(ServiceAccountKey)
    /// A user with a refresh token.
    case authorizedUser(AuthorizedUser)

    /// A service account's private key, which signs the assertions that are exchanged for tokens.
    package struct ServiceAccountKey: Sendable {
        /// The account's address.
        package var email: String
        /// In PEM form.
        package var privateKey: Secret
        /// Names the key among those of the account.
        package var keyID: String?
        /// The endpoint that exchanges assertions for tokens.
        package var tokenURL: String
    }

    /// A user's sign-in by `gcloud auth application-default login`: a refresh token and the client that it belongs to.
    package struct AuthorizedUser: Sendable {
        /// The program's id.
        package var clientID: String
        /// The program's secret.
        package var clientSecret: Secret
        /// Exchanged for tokens.
        package var refreshToken: Secret
        /// The endpoint that exchanges it for tokens.
        package var tokenURL: String
    }

    /// The usual token endpoint, which is also the audience of every assertion.
    package static let tokenURL = "https://oauth2.googleapis.com/token"

    /// A parsed credentials file of a supported type. The trust in its token server is checked when the plug-in connects.
    package struct Content: Sendable {
        /// The credential that obtains tokens.
        package var credential: GoogleCredentialFile
        /// The project that the file names.
        package var project: String?
        /// The project that pays for requests and whose quota they use, if the file names one.
        package var quotaProject: String?
    }

    /// Reads a file. Throws `ProviderError.credential`, without any part of the content.
    package static func read(_ path: String) throws -> Content {
        func refusal(_ reason: String) -> ProviderError {
            .credential(source: path, reason: reason, hint: GoogleSignIn.hint)
        }
        let value: JSONValue
        do {
            value = try JSONValue(parsing: LocalFileSystem().read(path, limit: FileSizeLimit.text))
        } catch let error as FileError {
            throw refusal("\(error)")
        } catch {
            throw refusal("the file is not JSON")
        }
        func text(_ key: String) throws -> String {
            guard let text = value[key]?.string, !text.isEmpty else { throw refusal("the file has no '\(key)'") }
            return text
        }
        // Another universe has other hosts. Its tokens must not be sent to Google, nor Google's tokens to it.
        if let universe = value["universe_domain"], !universe.isNull, universe.string != "googleapis.com" {
            throw refusal(
                "its 'universe_domain' is '\(ProviderText.line(universe.string ?? universe.canonical, limit: ProviderText.wordLimit))'; "
                    + "only googleapis.com is supported")
        }
        let tokenURL = value["token_uri"]?.string ?? GoogleCredentialFile.tokenURL
        let credential: GoogleCredentialFile
        switch value["type"]?.string {
        case "service_account":
            credential = .serviceAccount(
                ServiceAccountKey(
                    email: try text("client_email"), privateKey: Secret(try text("private_key")),
                    keyID: value["private_key_id"]?.string, tokenURL: tokenURL))
        case "authorized_user":
            credential = .authorizedUser(
                AuthorizedUser(
                    clientID: try text("client_id"), clientSecret: Secret(try text("client_secret")),
                    refreshToken: Secret(try text("refresh_token")), tokenURL: tokenURL))
        case let type?:
            throw refusal(
                "credentials of the type '\(ProviderText.line(type, limit: ProviderText.wordLimit))' are not supported; "
                    + "supported are service_account and authorized_user")
        case nil: throw refusal("the file has no 'type', so it is not a credential file of Google")
        }
        return Content(
            credential: credential, project: value["project_id"]?.string, quotaProject: value["quota_project_id"]?.string)
    }
}
