import DaybookSQLite
import DaybookWorker
import UserViews

@main struct UserStatisticsWorker {
    static func main() async {
        await WorkerDaemon.main(
            name: "user-statistics-worker", projection: .sqlite(UserStatisticsProjection()), httpPort: 8082)
    }
}
