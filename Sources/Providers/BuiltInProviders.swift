// The providers of this build, one line each.

package import ProviderKit

/// The registry of providers, which the application passes to everything that needs one. File formats of the first one are
/// those of steps that name none, and its emulator is the usual one.
package let builtInProviders = ProviderCatalog([
    AzureOpenAIPlugin(),
    OpenAIPlugin(),
    VertexPlugin(),
])
