import DaybookWorker
import UserViews

@main struct UsersWorker {
    static func main() async {
        await WorkerDaemon.main(name: "users-worker", projection: UsersProjection(), httpPort: 8081)
    }
}
