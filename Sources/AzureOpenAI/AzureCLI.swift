// Tokens of whoever is signed in to the az program.

import Basics
package import Foundation
import Platform
package import ProviderKit

/// What to do when no token for Azure could be had.
let azureSignInHint = "set api_key, or sign in with az login"

package struct AzureCLI: TokenSource {
    private let program: String
    private let cloud: AzureCloud

    package init(program: String = "az", cloud: AzureCloud = .global) {
        self.program = program
        self.cloud = cloud
    }

    package var secrets: [Secret] { [] }

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
        guard let parsed = try? TokenAnswer(json: result.output) else {
            throw ProviderError.credential(source: program, reason: "the answer holds no token", hint: azureSignInHint)
        }
        return parsed.token(now: now)
    }
}
