// The providers that this program is built with: one line each.

package import ProviderKit

/// The registry of providers. The application passes it to whatever needs one.
package let builtInProviders = ProviderCatalog(
    [
        AzureOpenAIPlugin(),
        OpenAIPlugin(),
    ],
    emulated: "azure-openai")
