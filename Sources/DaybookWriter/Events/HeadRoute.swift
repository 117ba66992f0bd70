import Daybook
import DaybookAPI
import DaybookService
import Hummingbird

/// The identity of a store's log, and where the store and each partition of the log end.
struct HeadRoute {
    let store: any EventStore
    let log: any IntegrationLog

    func add(to router: Router<BasicRequestContext>) {
        router.serve(WriterAPI.head) { _, _ in
            // Before the position: no entry is of a later event.
            let offsets = try await log.heads()
            let partitions = offsets.indices.map { index in
                PartitionHead(partition: Partition(index), offset: offsets[index])
            }
            let position = try await store.head()
            return try Response.document(
                HeadResponse(epoch: log.epoch, position: position, partitions: partitions))
        }
    }
}
