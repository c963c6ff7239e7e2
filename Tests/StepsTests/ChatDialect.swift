// The file formats of OpenAI and Azure, for the tests of request templates.

import Planning
import ProviderKit
import Providers
import Steps

private let chatDialect: any RequestDialect = try! builtInProviders.dialect(nil)

extension RequestTemplate {
    /// A template in the format of OpenAI and Azure.
    init(_ request: PreparedRequest, labels: [String], shots: [Shot] = []) {
        self.init(request, labels: labels, shots: shots, dialect: chatDialect)
    }
}
