"""Stems of everyday services: bank, delivery, telecom, public offices, transport.

Every string is a space-separated list; :func:`stems` splits it. Uzbek verbs are given as stems,
compound ones with ``_`` for the space inside (``sotib_ol`` inflects as ``sotib oldim``). Russian
verbs are infinitives.
"""

from typing import Final


def stems(listed: str) -> tuple[str, ...]:
    """The stems of a list."""
    return tuple(stem.replace("_", " ") for stem in listed.split())


UZ_THINGS: Final = stems(
    "karta hisob kredit toʻlov pul shartnoma omonat summa qarz chek oʻtkazma ariza kod parol "
    "buyurtma mahsulot quti hujjat pasport maʼlumotnoma guvohnoma sugʻurta nafaqa soliq jarima "
    "ruxsatnoma chipta internet tarif raqam telefon xabar balans paket modem xizmat narx manzil "
    "hisobot kitob kiyim dori sovgʻa posilka maktub toʻplam ilova vaqt daftar kalit"
)
"""Things one pays, sends, gets, checks."""

UZ_PLACES: Final = stems(
    "bank filial kassa doʻkon ombor idora maktab bogʻcha shifoxona bekat vokzal aeroport bozor uy "
    "ofis markaz shahar viloyat tuman koʻcha mehmonxona dorixona kutubxona zavod"
)

UZ_VEHICLES: Final = stems("avtobus poyezd taksi mashina samolyot metro tramvay velosiped")

UZ_PEOPLE: Final = stems(
    "mijoz kuryer operator haydovchi xodim shifokor oʻqituvchi direktor hamkor qoʻshni doʻst "
    "mutaxassis sotuvchi kassir"
)

UZ_KIN: Final = stems("aka opa uka singil ona ota dada buvi amaki xola")

UZ_QUALITIES: Final = stems(
    "yangi eski katta kichik arzon qimmat tez qulay yaxshi toʻliq muhim oxirgi birinchi bepul "
    "maxsus shaxsiy elektron onlayn kerakli boshqa"
)

UZ_TRANSITIVE: Final = stems(
    "toʻla ol ber och yop tekshir yubor soʻra kut top yoz oʻzgartir toʻldir imzola qaytar "
    "tasdiqla koʻr oʻqi sot sotib_ol qabul_qil olib_kel bekor_qil rasmiylashtir yangila sana "
    "yetkaz tayyorla oʻrgan jamgʻar buyur tanla yuklab_ol"
)
"""Verbs that take a thing as object."""

UZ_MOTION: Final = stems("bor kel qayt chiq yoʻl_ol yur yetib_kel oʻt")

UZ_TIMES: Final = stems(
    "bugun ertaga kecha hozir ertalab kechqurun keyin tez_orada doim har_kuni shu_hafta oʻtgan_oy "
    "kelasi_yil dushanba_kuni seshanba_kuni chorshanba_kuni juma_kuni yaqinda "
    "allaqachon tushdan_keyin"
)

UZ_PAST_TIMES: Final = stems(
    "kecha oʻtgan_oy oʻtgan_hafta yaqinda allaqachon ertalab bugun dushanba_kuni juma_kuni"
)

UZ_FUTURE_TIMES: Final = stems(
    "ertaga keyin tez_orada shu_hafta kelasi_yil kechqurun bugun chorshanba_kuni tushdan_keyin"
)

UZ_TIME_UNITS: Final = stems("oy kun soat daqiqa yil hafta")

RU_THINGS: Final = stems(
    "карта счёт кредит платёж договор вклад сумма долг чек перевод заявка код пароль заказ товар "
    "коробка документ паспорт справка страховка пособие налог штраф билет интернет тариф номер "
    "телефон сообщение баланс пакет модем услуга цена адрес отчёт книга одежда лекарство подарок "
    "посылка письмо приложение квитанция доставка разрешение скидка подписка"
)

RU_PLACES: Final = stems(
    "банк филиал касса магазин склад офис школа поликлиника остановка вокзал аэропорт рынок дом "
    "центр город область район улица гостиница аптека библиотека завод больница"
)

RU_VEHICLES: Final = stems("автобус поезд такси машина самолёт метро трамвай велосипед")

RU_PEOPLE: Final = stems(
    "клиент курьер оператор водитель сотрудник врач учитель директор партнёр сосед друг "
    "специалист продавец кассир мама брат сестра отец"
)

RU_QUALITIES: Final = stems(
    "новый старый большой маленький дешёвый быстрый удобный хороший полный важный последний первый "
    "бесплатный специальный личный электронный срочный нужный другой"
)

RU_TRANSITIVE: Final = stems(
    "оплатить получить открыть закрыть проверить отправить попросить найти написать изменить "
    "заполнить подписать вернуть подтвердить увидеть прочитать продать купить принять привезти "
    "отменить оформить обновить посчитать доставить подготовить заблокировать выбрать скачать"
)

RU_MOTION: Final = stems("приехать прийти вернуться поехать пойти зайти подойти")

RU_PAST_TIMES: Final = stems(
    "вчера недавно уже утром сегодня в_прошлом_месяце в_понедельник в_пятницу на_этой_неделе"
)

RU_FUTURE_TIMES: Final = stems(
    "завтра потом скоро вечером сегодня в_среду во_вторник на_этой_неделе после_обеда"
)

RU_TIME_UNITS: Final = stems("месяц день час год")

MIXED_STEMS: Final = stems(
    "заказ карта счёт договор доставка телефон номер документ паспорт адрес баланс тариф офис "
    "магазин склад курьер оператор клиент водитель кредит платёж справка билет код пароль скидка "
    "подписка отчёт филиал касса"
)
"""Russian nouns that carry Uzbek suffixes in Tashkent: заказni, картаga, операторlar."""

MIXED_INFINITIVES: Final = stems(
    "оплатить проверить отменить оформить подтвердить заблокировать обновить отправить подписать "
    "вернуть доставить скачать"
)
"""Russian infinitives that Uzbek ``qil`` turns into predicates: отменить qildim."""

UZ_JOINTS: Final = stems("lekin chunki shuning_uchun va")
RU_JOINTS: Final = stems("но потому_что поэтому и")
