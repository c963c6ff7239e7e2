// Tokens of the account that is signed in to the Azure CLI.

import Basics
package import Foundation
import Platform
package import ProviderKit

/// Advice for when no Azure token could be obtained.
let azureSignInHint = "set api_key, or sign in with az login"

/// Runs `az account get-access-token` for each token. The CLI itself keeps the sign-in.
package struct AzureCLI: TokenSource {
    private let program: String
    private let cloud: AzureCloud

    /// - Parameter program: a name on the `PATH`, or a path.
    package init(program: String = "az", cloud: AzureCloud = .global) {
        self.program = program
        self.cloud = cloud
    }

    /// Empty: the CLI holds the secrets, and issued tokens are covered by `TokenCache`.
    package var secrets: [Secret] { [] }

    /// Runs the CLI. Throws `ProviderError.credential` with the end of its error output.
    package func fetch(_ audience: TokenAudience, now: Date) async throws -> AccessToken {
        let command = ChildCommand(
            program, ["account", "get-access-token", "--resource", cloud.resource(audience), "--output", "json"])
        let result: ChildResult
        do {
            result = try await ChildProcess.run(command, outputLimit: 1 << 20)
        } catch let error as ChildProcessError {
            throw ProviderError.credential(source: program, reason: "\(error)", hint: azureSignInHint)
        }
        guard result.status.isSuccess else {
            let words = result.errorTail.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
            throw ProviderError.credential(source: program, reason: words, hint: azureSignInHint)
        }
        guard let parsed = try? TokenAnswer(received: result.output) else {
            throw ProviderError.credential(source: program, reason: "the response contains no token", hint: azureSignInHint)
        }
        return parsed.token(now: now)
    }
}
