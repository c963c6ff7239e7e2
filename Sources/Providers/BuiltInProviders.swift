// The providers of this build, one line each.

package import ProviderKit

/// The registry of providers, which the application passes to everything that needs one.
package let builtInProviders = ProviderCatalog(
    [
        AzureOpenAIPlugin(),
        OpenAIPlugin(),
        VertexPlugin(),
    ],
    emulated: "azure-openai")
