"""What the files do not hold and a client needs: name, phone, resident id. Made up, the same each time."""

from datetime import date

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN_NAMES = "伟芳敏静强磊洋勇艳杰娟涛明超秀霞平刚桂英华建国文斌婷玉辉鹏飞红梅"
REGIONS = ("110101", "310104", "440305", "330106", "320102", "510107", "420106", "350203", "370202", "610113")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"


def name(client_id: int) -> str:
    """Return a Chinese name of two or three characters."""
    given = GIVEN_NAMES[client_id % len(GIVEN_NAMES)]
    second = GIVEN_NAMES[client_id // 7 % len(GIVEN_NAMES)] if client_id % 3 else ""
    return SURNAMES[client_id % len(SURNAMES)] + given + second


def phone(client_id: int) -> str:
    """Return a mobile number; no two clients share one."""
    return f"139{client_id:08d}"


def resident_id(client_id: int, born_on: date, gender: str) -> str:
    """Return a valid resident id (GB 11643) with this birth date and sex; no two clients below 45,000 share one."""
    region, rest = REGIONS[client_id % 10], client_id // 10
    # Ten regions and five hundred numbers of a sex tell 5,000 clients of one day apart, nine areas of each all others.
    area = int(region) + rest // 500 * 10
    body = f"{area:06d}{born_on:%Y%m%d}{rest % 500 * 2 + (gender == 'M'):03d}"
    return body + CHECKS[sum(weight * int(digit) for weight, digit in zip(WEIGHTS, body, strict=True)) % 11]
