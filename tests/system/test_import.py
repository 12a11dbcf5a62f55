"""tradingctl import: archives, exports and recordings, by the tickd that runs or by one of its own."""
import fcntl
import gzip
import json
import os
import pty
import random
import re
import select
import signal
import socket
import threading
import time
import zipfile

from harness import places, stored
from harness.market import Market
from harness.processes import marked
from harness.waiting import wait_until

AUGUST_MS = 1_722_470_400_000  # 2024-08-01
JANUARY_MS = 1_735_689_600_000  # 2025-01-01
KEEP = {"ticks": "0", "m5_candles": "0"}  # what is imported here is years old


def trade_lines(count, first_id=1, start_ms=AUGUST_MS, unit=1, spelling="True"):
    """Lines as in the archives: several a millisecond at times."""
    chance = random.Random(count)
    time_ms, lines = start_ms, []
    for trade_id in range(first_id, first_id + count):
        time_ms += chance.randrange(3)
        price, quantity = chance.randrange(6_000_000, 6_100_000), chance.randrange(1, 10**9)
        lines.append(f"{trade_id},{price // 100}.{price % 100:02}000000,{quantity // 10**8}."
                     f"{quantity % 10**8:08},1.00000000,{time_ms * unit},{spelling},{spelling}\n")
    return lines


def text_file(folder, name, lines):
    path = folder / name
    path.write_text("".join(lines))
    return path


def zip_file(folder, name, lines):
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name.replace(".zip", ".csv"), "".join(lines))
    return path


def rows(site, sql):
    return stored.rows(site.database("ticks"), sql)


def idle(site):
    """A tickd without feeds, with the settings of the site."""
    site.set("binance", enabled="no")
    return site.start("tickd")


def test_an_archive_is_imported_by_a_tickd_of_its_own_where_none_runs(site):
    site.set("retention", **KEEP)
    path = zip_file(site.folder, "BTCUSDT-trades-2024-08.zip", trade_lines(25000))
    done = site.tradingctl_json("import", path)
    assert done["ok"] is True
    result = done["files"][0]
    assert (result["state"], result["kind"], result["rows"], result["stored"]) == (
        "done", "trades", 25000, 25000)
    assert rows(site, "SELECT count(*), min(flags), max(flags), min(tick_id), max(tick_id),"
                " min(time_us) FROM unified_ticks")[0][:5] == (25000, 21, 21, 1, 25000)
    assert rows(site, "SELECT source, symbol, ticks, id_kind FROM symbols") == [
        ("binance", "BTCUSDT", 25000, "trade")]
    assert not marked(site.mark), "it ended with us"
    assert site.tradingctl("verify").returncode == 0


def test_the_same_file_again_stores_nothing(site):
    site.set("retention", **KEEP)
    lines = trade_lines(12000)
    path = text_file(site.folder, "BTCUSDT-trades-2024-08.csv", lines)
    assert site.tradingctl_json("import", path)["files"][0]["stored"] == 12000
    again = site.folder / "BTCUSDT-trades-2024-08.csv.gz"
    again.write_bytes(gzip.compress("".join(lines).encode()))
    for file in (path, again):
        result = site.tradingctl_json("import", file)["files"][0]
        assert (result["stored"], result["duplicates"]) == (0, 12000)
    assert stored.trade_count(site.database("ticks")) == 12000


def test_a_running_tickd_stores_it_beside_its_live_ticks(site):
    site.market = Market(site, "--symbols", "BTCUSDT", "--rate", "2000")
    site.set("binance", **site.market.settings()).set("retention", **KEEP)
    tickd = site.start("tickd")
    database = site.database("ticks")
    wait_until(lambda: stored.trade_count(database, "BTCUSDT") > 100, 20, "live ticks")
    path = zip_file(site.folder, "ETHUSDT-trades-2024-08.zip", trade_lines(100_000))
    result = site.tradingctl_json("import", "--source", "archive", path)["files"][0]
    assert (result["source"], result["stored"]) == ("archive", 100_000)
    before = stored.trade_count(database, "BTCUSDT")
    wait_until(lambda: stored.trade_count(database, "BTCUSDT") > before, 20, "live ticks go on")
    assert stored.trade_count(database, "ETHUSDT") == 100_000
    assert tickd.stop() == 0
    assert site.tradingctl("verify").returncode == 0


def test_the_file_is_read_with_the_rights_of_who_asks(site):
    """tickd may not even find the file: it is gone from its folder once it is open."""
    idle(site)
    site.set("retention", **KEEP)
    path = text_file(site.folder, "ETHUSDT-trades-2024-08.csv", trade_lines(300_000))
    process = site.spawn("import", [places.program("tradingctl"), "-c", site.file, "import",
                                    "--source", "archive", path])
    wait_until(lambda: stored.trade_count(site.database("ticks")) > 0, 20, "it has begun")
    path.unlink()
    assert process.wait_exit(60) == 0, process.text()
    assert stored.trade_count(site.database("ticks")) == 300_000


def test_milliseconds_microseconds_headers_and_spellings_are_one(site):
    site.set("retention", **KEEP)
    header = ["id,price,qty,quote_qty,time,is_buyer_maker,is_best_match\n"]
    old = text_file(site.folder, "BTCUSDT-trades-2024-12.csv",
                    header + trade_lines(100, 1, JANUARY_MS - 60_000))
    new = text_file(site.folder, "BTCUSDT-trades-2025-01.csv",
                    trade_lines(100, 101, JANUARY_MS, 1000, "true"))
    assert site.tradingctl("import", old, new).returncode == 0
    assert rows(site, "SELECT count(*), sum(time_us % 1000), min(time_us) / 60000000,"
                " max(time_us) / 60000000 FROM unified_ticks") == [
        (200, 0, JANUARY_MS // 60000 - 1, JANUARY_MS // 60000)]
    assert rows(site, "SELECT count(*) FROM feed_gaps") == [(0,)]


def test_aggregates_keep_how_many_trades_they_hold_and_are_not_mixed_with_trades(site):
    site.set("retention", **KEEP)
    path = text_file(site.folder, "BTCUSDT-aggTrades-2024-08-01.csv", [
        f"7,1.50000000,2.00000000,10,14,{AUGUST_MS},true,true\n",
        f"8,1.60000000,1.00000000,15,15,{AUGUST_MS + 5},False,True\n"])
    assert site.tradingctl("import", "--source", "aggregates", path).returncode == 0
    assert rows(site, "SELECT tick_id, trade_count, flags FROM unified_ticks ORDER BY 1") == [
        (7, 5, 21), (8, 1, 17)]
    assert rows(site, "SELECT trades FROM m5_candles") == [(6,)]
    refused = site.tradingctl("import", path)
    assert refused.returncode == 65
    assert "cannot be mixed in one symbol" in refused.stderr


def test_klines_of_five_minutes_become_candles_and_others_are_refused(site):
    site.set("retention", **KEEP)
    lines = [f"{start},1.5,3,1,2,10.25,{start + 299_999},20.5,7,4.125,8.25,0\n"
             for start in range(AUGUST_MS, AUGUST_MS + 10 * 300_000, 300_000)]
    path = zip_file(site.folder, "BTCUSDT-5m-2024-08.zip", lines)
    assert site.tradingctl_json("import", path)["files"][0]["stored"] == 10
    assert rows(site, "SELECT count(*), min(origin), sum(trades) FROM m5_candles") == [
        (10, "klines", 70)]
    minutes = zip_file(site.folder, "BTCUSDT-1m-2024-08.zip", lines)
    refused = site.tradingctl("import", minutes)
    assert refused.returncode == 65
    assert "only klines of 5m can be imported, and these are of 1m" in refused.stderr


def test_an_mt5_export_is_moved_to_utc(site):
    path = site.folder / "EURUSD_202401020000_202401052359.csv"
    path.write_bytes(b"<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\r\n"
                     b"2024.01.02\t03:00:00.001\t1.10427\t1.10443\t\t\t6\r\n"
                     b"2024.01.02\t03:00:00.001\t\t1.10444\t\t\t4\r\n"
                     b"2024.01.02\t03:00:00.002\t1.10430\t\t1.10435\t2\t156\r\n")
    done = site.tradingctl("import", "--source", "broker", "--utc-offset", "+03:00", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert rows(site, "SELECT source, symbol, time_us, tick_id, bid_e8, ask_e8, price_e8,"
                " volume_e8, t.flags & 255, t.flags >> 8 FROM unified_ticks t JOIN symbols USING (symbol_id)") == [
        ("broker", "EURUSD", 1_704_153_600_001_000, 0, 110_427_000, 110_443_000, None, None,
         18, 6),
        ("broker", "EURUSD", 1_704_153_600_001_000, 1, 110_427_000, 110_444_000, None, None,
         18, 4),
        ("broker", "EURUSD", 1_704_153_600_002_000, 0, 110_430_000, 110_444_000, 110_435_000,
         200_000_000, 18, 156)]
    assert rows(site, "SELECT open_e8, close_e8, trades FROM m5_candles") == [
        (110_427_000, 110_430_000, 3)]
    noticed = site.tradingctl("import", path)
    assert noticed.returncode == 0
    assert "its times are taken as UTC" in noticed.stderr


def test_a_recording_gives_the_trades_that_it_holds(site, captures):
    site.set("retention", **KEEP)
    result = site.tradingctl_json("import", captures[0])["files"][0]
    assert (result["kind"], result["state"]) == ("recording", "done")
    assert result["rows"] >= result["stored"] > 1000
    assert rows(site, "SELECT source, symbol, ticks FROM symbols") == [
        ("binance", "BTCUSDT", result["stored"])]
    assert rows(site, "SELECT count(*) FROM unified_ticks WHERE bid_e8 > ask_e8") == [(0,)]
    assert site.tradingctl("verify").returncode == 0


def test_bad_data_is_named_by_file_and_line_and_mending_it_is_harmless(site):
    site.set("retention", **KEEP)
    lines = trade_lines(30)
    bad = lines[:20] + ["21,one,1,1,1722470400000,True,True\n"] + lines[21:]
    path = text_file(site.folder, "BTCUSDT-trades-2024-08.csv", bad)
    refused = site.tradingctl("import", path)
    assert refused.returncode == 65
    assert (f"{path}:21: column 2 (price): expected a decimal above 0 with up to 8 places, not"
            ' "one"') in refused.stderr
    assert stored.trade_count(site.database("ticks")) == 20
    path.write_text("".join(lines))
    result = site.tradingctl_json("import", path)["files"][0]
    assert (result["stored"], result["duplicates"]) == (10, 20)


def test_a_file_that_was_cut_is_said_to_be(site):
    site.set("retention", **KEEP)
    path = zip_file(site.folder, "BTCUSDT-trades-2024-08.zip", trade_lines(20000))
    path.write_bytes(path.read_bytes()[:100_000])
    refused = site.tradingctl("import", path)
    assert refused.returncode == 65
    assert re.search(r"2024-08\.zip:\d+: it ends in the middle of its ZIP data", refused.stderr)


def test_what_cannot_be_imported_says_so_in_one_sentence(site):
    idle(site)
    (site.folder / "empty.csv").touch()
    for status, sentence, *arguments in [
            (66, "No such file", site.folder / "nothing.csv"),
            (66, "no plain file", site.folder),
            (65, "it is empty", site.folder / "empty.csv"),
            (64, "--symbol does", text_file(site.folder, "x.csv", trade_lines(1))),
            (64, "expected hours and minutes", "--utc-offset", "3", "x"),
            (64, "usage: tradingctl import")]:
        done = site.tradingctl("import", *arguments)
        assert done.returncode == status, (arguments, done)
        assert sentence in done.stderr and done.stderr.count("\n") == 1, done.stderr


def test_for_a_file_that_is_not_there_no_tickd_is_started(site):
    done = site.tradingctl("import", site.folder / "nothing.csv")
    assert done.returncode == 66, done
    assert not site.database("ticks").exists()


def test_one_file_that_fails_does_not_keep_others_out(site):
    site.set("retention", **KEEP)
    good = [text_file(site.folder, f"BTCUSDT-trades-2024-08-0{day}.csv",
                      trade_lines(10, day * 10, AUGUST_MS + (day - 1) * 86_400_000))
            for day in (1, 3)]
    bad = text_file(site.folder, "BTCUSDT-trades-2024-08-02.csv", ["x\n"])
    done = site.tradingctl_json("import", good[0], bad, good[1], statuses=(65,))
    assert done["ok"] is False
    assert [file["state"] for file in done["files"]] == ["done", "failed", "done"]


def test_rows_older_than_what_is_kept_are_announced_first(site):
    path = text_file(site.folder, "BTCUSDT-trades-2024-08.csv", trade_lines(10))
    done = site.tradingctl("import", path)  # no terminal: nobody can be asked
    assert done.returncode == 0
    assert "whatever is older than 2024-08-25T00:00:00Z is deleted (retention.ticks)" in done.stderr
    quiet = site.tradingctl("import", "--source", "archive", path)
    assert (quiet.returncode, quiet.stderr) == (0, "")


def terminal_of(site, *arguments):
    """tradingctl on a terminal: (pid, the terminal)."""
    site.write_settings()
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(places.program("tradingctl"),
                  ["tradingctl", "-c", str(site.file), "import", *map(str, arguments)],
                  site.environment(TERM="xterm"))
    return pid, terminal


def read_terminal(terminal, until, timeout=30):
    """All that it shows until a text has come, or None: until its end."""
    shown = b""

    def has_come():
        nonlocal shown
        while select.select([terminal], [], [], 0)[0]:
            try:
                more = os.read(terminal, 65536)
            except OSError:
                return until is None
            if not more:
                return until is None
            shown += more
        return until is not None and until in shown

    wait_until(has_come, timeout, f"{until} on the terminal")
    return shown.decode(errors="replace")


def test_on_a_terminal_there_is_a_bar_and_somebody_is_asked(site):
    path = text_file(site.folder, "BTCUSDT-trades-2024-08.csv", trade_lines(400_000))
    pid, terminal = terminal_of(site, path)
    assert "Import it all the same?" in read_terminal(terminal, b"[y/N] ")
    os.write(terminal, b"n\n")
    read_terminal(terminal, None)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 75
    assert stored.trade_count(site.database("ticks")) == 0
    os.close(terminal)
    pid, terminal = terminal_of(site, "--yes", path)
    shown = read_terminal(terminal, None, 60)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    os.close(terminal)
    assert re.search(r"\[=*> *\] +\d+ %  \d+ rows  \d+\.\d MB  \d+ rows/s", shown), shown
    assert "400000 rows read, 400000 stored" in shown


def test_ctrl_c_ends_an_import_and_what_was_stored_stays(site):
    site.set("retention", **KEEP)
    path = text_file(site.folder, "BTCUSDT-trades-2024-08.csv", trade_lines(500_000))
    site.write_settings()
    process = site.spawn("import", [places.program("tradingctl"), "-c", site.file, "import", path])
    wait_until(lambda: stored.trade_count(site.database("ticks")) > 0, 20, "it has begun")
    process.signal(signal.SIGINT)
    assert process.wait_exit(20) == 75
    assert "interrupted; what was stored stays" in process.text()
    count = stored.trade_count(site.database("ticks"))
    assert 0 < count < 500_000 and count % 10_000 == 0
    assert not marked(site.mark)
    result = site.tradingctl_json("import", path)["files"][0]
    assert (result["stored"], result["duplicates"]) == (500_000 - count, count)


def control_server(site, answer):
    """Answers as tickd would, from this process, which holds the lease."""
    (site.state / "tickd").mkdir(parents=True)
    (site.runtime / "tickd").mkdir(parents=True)
    lease = open(site.state / "tickd" / "unified_tick_pipeline.db.lease", "w")
    fcntl.lockf(lease, fcntl.LOCK_EX)
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(site.runtime / "tickd" / "control.sock"))
    server.listen()

    def serve():
        while True:
            try:
                connection = server.accept()[0]
            except OSError:
                return
            with connection:
                question = json.loads(connection.makefile().readline())
                connection.sendall(json.dumps(answer(question)).encode() + b"\n")

    threading.Thread(target=serve, daemon=True).start()
    return server, lease


def test_ctrl_c_waits_calmly_for_storage_that_is_stuck_and_once_more_leaves(site):
    questions = []

    def answer(question):
        questions.append((question["command"], time.monotonic()))
        return {"import": 1} if question["command"] == "import" else {"import": 1, "state": "running"}

    server, lease = control_server(site, answer)
    path = text_file(site.folder, "BTCUSDT-trades-2024-08.csv", trade_lines(10))
    site.write_settings()
    process = site.spawn("import", [places.program("tradingctl"), "-c", site.file, "import", path])
    wait_until(lambda: len(questions) > 2, 10, "it looks how far it is")
    process.signal(signal.SIGINT)
    wait_until(lambda: any(command == "import-cancel" for command, _ in questions), 10)
    at = len(questions)
    wait_until(lambda: len(questions) >= at + 10, 10)
    assert questions[at + 9][1] - questions[at][1] > 0.5, "it asks ten times a second"
    process.signal(signal.SIGINT)
    assert process.wait_exit(10) == -signal.SIGINT
    server.close()
    lease.close()


def test_what_is_no_plain_file_is_refused_at_once(site):
    site.set("retention", **KEEP)
    fifo = site.folder / "BTCUSDT-trades-2024-08.csv"
    os.mkfifo(fifo)
    done = site.run("tickd", "--import", fifo, timeout=20)
    assert done.returncode == 65 and "it is no plain file" in done.stderr, done.stderr
    assert site.run("tickd", "--import", site.folder, timeout=20).returncode == 65
    assert site.tradingctl("import", fifo, timeout=20).returncode == 66


def test_a_zip_of_nothing_but_blank_lines_neither_fills_memory_nor_keeps_from_leaving(site):
    idle(site)
    path = site.folder / "BTCUSDT-trades-2024-08.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("BTCUSDT-trades-2024-08.csv", "w", force_zip64=True) as inside:
            inside.write(trade_lines(1)[0].encode())
            for _ in range(1500):
                inside.write(b"\n" * (1 << 20))
    process = site.spawn("import", [places.program("tradingctl"), "-c", site.file, "import",
                                    "--source", "archive", path])
    wait_until(lambda: stored.trade_count(site.database("ticks")) > 0, 20, "its row is stored")
    pid = site.status("tickd")["pid"]
    peak = int(re.search(r"VmHWM:\s+(\d+)", open(f"/proc/{pid}/status").read())[1])
    assert peak < 300_000, "kB"
    process.signal(signal.SIGINT)
    assert process.wait_exit(10) in (0, 75)


def test_a_tickd_that_stops_in_the_middle_ends_the_import_in_order(site):
    tickd = idle(site)
    path = text_file(site.folder, "ETHUSDT-trades-2024-08.csv", trade_lines(500_000))
    process = site.spawn("import", [places.program("tradingctl"), "-c", site.file, "import",
                                    "--source", "archive", path])
    wait_until(lambda: stored.trade_count(site.database("ticks")) > 0, 20, "it has begun")
    assert tickd.stop() == 0
    assert process.wait_exit(20) in (69, 75), process.text()
    assert stored.integrity(site.database("ticks")) == "ok"
    result = site.tradingctl_json("import", "--source", "archive", path)["files"][0]
    assert result["stored"] + result["duplicates"] == 500_000


def test_a_tickd_that_is_killed_in_the_middle_has_whole_pages_and_the_rest_comes_later(site):
    site.set("retention", **KEEP)
    tickd = idle(site)
    path = text_file(site.folder, "ETHUSDT-trades-2024-08.csv", trade_lines(500_000))
    process = site.spawn("import", [places.program("tradingctl"), "-c", site.file, "import",
                                    "--source", "archive", path])
    wait_until(lambda: stored.trade_count(site.database("ticks")) > 0, 20, "it has begun")
    tickd.kill()
    assert process.wait_exit(20) in (69, 75), process.text()
    result = site.tradingctl_json("import", "--source", "archive", path)["files"][0]
    assert result["duplicates"] % 10_000 == 0 and result["stored"] > 0
    assert result["stored"] + result["duplicates"] == 500_000
    found = site.tradingctl("verify", "--whole")
    assert found.returncode == 0, found.stdout


def test_an_import_whose_tradingctl_is_killed_takes_its_tickd_with_it(site):
    site.set("retention", **KEEP)
    path = text_file(site.folder, "BTCUSDT-trades-2024-08.csv", trade_lines(500_000))
    site.write_settings()
    process = site.spawn("import", [places.program("tradingctl"), "-c", site.file, "import", path])
    wait_until(lambda: stored.trade_count(site.database("ticks")) > 0, 20, "it has begun")
    process.kill()
    wait_until(lambda: not marked(site.mark), 20, "tickd has left")
    assert stored.integrity(site.database("ticks")) == "ok"


def test_a_second_import_is_told_that_one_runs(site):
    idle(site)
    large = text_file(site.folder, "ETHUSDT-trades-2024-08.csv", trade_lines(500_000))
    small = text_file(site.folder, "XRPUSDT-trades-2024-08.csv", trade_lines(1))
    process = site.spawn("import", [places.program("tradingctl"), "-c", site.file, "import",
                                    "--source", "archive", large])
    wait_until(lambda: stored.trade_count(site.database("ticks")) > 0, 20, "it has begun")
    refused = site.tradingctl("import", "--source", "archive", small)
    assert refused.returncode == 75
    assert f"another import is running: {large}" in refused.stderr
    process.signal(signal.SIGINT)
    process.wait_exit(20)


def test_tickd_imports_the_files_of_its_command_line_and_leaves(site):
    site.set("retention", **KEEP)
    path = text_file(site.folder, "BTCUSDT-trades-2024-08.csv", trade_lines(100))
    done = site.run("tickd", "--import", path)
    assert done.returncode == 0, done.stderr
    assert "100 rows read, 100 stored" in done.stderr
    bad = text_file(site.folder, "BTCUSDT-trades-2024-09.csv", ["x\n"])
    assert site.run("tickd", "--import", path, bad).returncode == 65
    assert site.run("tickd", "--import", site.folder / "nothing").returncode == 66
    assert site.run("tickd", path).returncode == 64
    assert json.loads(site.tradingctl("ticks", "BTCUSDT", "--limit", "1", "--json").stdout)
