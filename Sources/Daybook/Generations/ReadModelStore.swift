/// The generations of one read model: everything that workers of one projection share.
///
/// Several workers may have one read model, in one process or in many, and of several versions of the projection's
/// code. What one of them does the others see at once. `verifyReadModelStoreContract` in DaybookTesting states what every
/// one must do; ``InMemoryReadModelStore`` is the reference.
///
/// Its description names it in messages and in the log: the path of a folder, for example.
public protocol ReadModelStore: GenerationCatalogue, GenerationLocking, GenerationSwitching, GenerationBuilding,
    CustomStringConvertible
{}
