from shared.testing.service import ServiceKit

NOTE = {"title": "见面", "amount": {"amount": "12.50", "currency": "CNY"}}


async def test_a_failing_commit_is_not_answered_with_success(kit: ServiceKit) -> None:
    answer = await kit.staff("admin").post("/v1/notes/doomed")

    assert answer.status_code >= 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert await kit.count("doomed") == 0


async def test_what_was_answered_is_committed(kit: ServiceKit) -> None:
    answer = await kit.staff("admin").post("/v1/notes", json=NOTE)

    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    assert await kit.count("note") == 1


async def test_a_repeated_post_with_the_same_key_gets_the_first_answer(kit: ServiceKit) -> None:
    caller = kit.staff("admin")
    key = {"Idempotency-Key": "k" * 20}

    first = await caller.post("/v1/notes", json=NOTE, headers=key)
    second = await caller.post("/v1/notes", json=NOTE, headers=key)

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert second.headers["idempotent-replayed"] == "true"
    assert second.headers["etag"] == first.headers["etag"]
    assert await kit.count("note") == 1


async def test_the_same_key_with_another_body_is_refused(kit: ServiceKit) -> None:
    caller = kit.staff("admin")
    key = {"Idempotency-Key": "k" * 20}
    await caller.post("/v1/notes", json=NOTE, headers=key)

    answer = await caller.post("/v1/notes", json=NOTE | {"title": "另一个"}, headers=key)

    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency_key_reused"
    assert await kit.count("note") == 1


async def test_keys_of_different_callers_do_not_meet(kit: ServiceKit) -> None:
    key = {"Idempotency-Key": "k" * 20}

    for _ in range(2):
        assert (await kit.staff("admin").post("/v1/notes", json=NOTE, headers=key)).status_code == 201

    assert await kit.count("note") == 2


async def test_a_refused_request_keeps_no_key(kit: ServiceKit) -> None:
    caller = kit.staff("admin")
    key = {"Idempotency-Key": "k" * 20}
    assert (await caller.post("/v1/notes", json=NOTE | {"title": ""}, headers=key)).status_code == 422

    answer = await caller.post("/v1/notes", json=NOTE, headers=key)

    assert answer.status_code == 201


async def test_a_malformed_key_is_refused(kit: ServiceKit) -> None:
    answer = await kit.staff("admin").post("/v1/notes", json=NOTE, headers={"Idempotency-Key": "short"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/header/Idempotency-Key"
