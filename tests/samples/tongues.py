"""Paragraphs in many languages, each with a fact in it."""

# ruff: noqa: RUF001 letters of other alphabets are the point here

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Some sentences, and the one of them that a question would be about."""

    text: str
    fact: str


ENGLISH = Paragraph(
    "The parish council met on the second Tuesday of the month. Nobody had read the minutes, so they were "
    "read aloud. The bridge over the Teign will be closed for repairs from 3 May. Mrs Hallam asked who would "
    "pay for the diversion signs and was told that the county would. The meeting closed at nine.",
    "The bridge over the Teign will be closed for repairs from 3 May.",
)
GERMAN = Paragraph(
    "Die Hausverwaltung bittet alle Mieter um Verständnis. Während der Arbeiten an der Heizung bleibt das "
    "Warmwasser abgestellt. Der Zählerstand im Keller beträgt 4.871 m³. Schlüssel können bei Frau Größner "
    "in der Müllerstraße abgeholt werden; für Rückfragen steht sie täglich bis 17 Uhr zur Verfügung.",
    "Der Zählerstand im Keller beträgt 4.871 m³.",
)
FRENCH = Paragraph(
    "L’association a tenu son assemblée générale à Besançon. Après un café offert par la boulangerie, le "
    "trésorier a présenté les comptes. La cotisation annuelle passe à 35 € dès "
    "septembre. Les élèves inscrits "
    "l’année précédente gardent leur place ; où qu’ils habitent, ils reçoivent le même « livret d’accueil ».",
    "La cotisation annuelle passe à 35 € dès septembre.",
)
SPANISH = Paragraph(
    "La compañía eléctrica avisó a los vecinos con dos días de antelación. ¿Quién pagará los daños? Según el "
    "señor Ibáñez, nadie lo sabe todavía. El corte de luz afectará a la calle Muñoz el jueves. Se ruega "
    "desconectar los frigoríficos y no usar el ascensor mientras duren las obras de la estación.",
    "El corte de luz afectará a la calle Muñoz el jueves.",
)
POLISH = Paragraph(
    "Szanowni państwo, zgodnie z umową przesyłamy zestawienie usług wykonanych w październiku. Prosimy o "
    "sprawdzenie wszystkich pozycji. Łączna kwota do zapłaty wynosi 1 284,50 zł. Płatność należy uregulować "
    "w ciągu czternastu dni. Jeżeli mają państwo pytania, księgowość chętnie na nie odpowie także później.",
    "Łączna kwota do zapłaty wynosi 1 284,50 zł.",
)
CZECH = Paragraph(
    "Vážení cestující, z důvodu opravy mostu budou vlaky v úseku mezi Kolínem a "
    "Poděbrady nahrazeny autobusy. "
    "Náhradní doprava odjíždí každou třicátou minutu. Poslední autobus vyjíždí ve tři čtvrtě na dvanáct. "
    "Jízdní kola bohužel přepravovat nelze. Děkujeme za pochopení a přejeme šťastnou cestu všem.",
    "Poslední autobus vyjíždí ve tři čtvrtě na dvanáct.",
)
RUSSIAN = Paragraph(
    "Уважаемые читатели! Городская библиотека переезжает в новое здание на набережной. Все книги нужно "
    "вернуть до конца месяца. Новый читальный зал откроется двенадцатого апреля. Записаться можно по "
    "телефону или прямо у входа; с собой возьмите паспорт и старый читательский билет, если он сохранился.",
    "Новый читальный зал откроется двенадцатого апреля.",
)
GREEK = Paragraph(
    "Το πλοίο για τη Νάξο αναχωρεί από τον Πειραιά κάθε πρωί στις επτά και μισή. Λόγω των ισχυρών ανέμων "
    "υπάρχουν συχνά καθυστερήσεις. Το εισιτήριο κοστίζει σαράντα δύο ευρώ. Οι επιβάτες παρακαλούνται να "
    "βρίσκονται στο λιμάνι μία ώρα νωρίτερα και να έχουν μαζί τους την ταυτότητά τους.",
    "Το εισιτήριο κοστίζει σαράντα δύο ευρώ.",
)
JAPANESE = Paragraph(
    "お客様各位。平素より当店をご利用いただき、誠にありがとうございます。店内改装のため、"
    "しばらくの間お休みをいただきます。"
    "営業再開は六月十五日の予定です。ご不便をおかけいたしますが、何卒よろしくお願い申し上げます。"
    "なお、ご注文の商品につきましては、従来どおり電話とファックスで承っております。",
    "営業再開は六月十五日の予定です。",
)
CHINESE = Paragraph(
    "各位住户请注意，因管道检修，本小区将于本周三上午停水。请大家提前储备生活用水，并关好家中的水龙头。"
    "预计下午四点恢复供水。如有疑问，请拨打物业服务中心的电话，我们的工作人员会及时答复。"
    "对于由此给您带来的不便，我们深表歉意，感谢您的理解与支持。",
    "预计下午四点恢复供水。",
)
TAIWANESE = Paragraph(
    "親愛的讀者您好，本館將於下個月舉辦繪本展覽，歡迎家長帶著孩子一起來參觀。展覽期間設有說故事時間，"
    "由資深的老師為小朋友朗讀。報名截止日期為七月二十日。每場名額有限，請儘早完成登記。"
    "館內禁止飲食，也請您將手機調整為靜音，謝謝您的合作。",
    "報名截止日期為七月二十日。",
)
KOREAN = Paragraph(
    "안녕하십니까. 이번 주말에 열리는 마을 축제에 여러분을 초대합니다. 행사장에는 지역 "
    "농산물을 파는 장터가 마련됩니다. "
    "개막식은 토요일 오전 열 시에 시작합니다. 주차 공간이 넉넉하지 않으니 가급적 "
    "대중교통을 이용해 주시기 바랍니다. "
    "비가 오면 행사는 체육관에서 진행됩니다.",
    "개막식은 토요일 오전 열 시에 시작합니다.",
)
ARABIC = Paragraph(
    "إلى جميع الموظفين، نود إعلامكم بأن المكتب سيكون مغلقاً خلال أيام العيد. يرجى إنهاء "
    "المعاملات العاجلة قبل "
    "نهاية الأسبوع. يعود الدوام الرسمي يوم الأحد القادم. نتمنى لكم ولعائلاتكم عطلة سعيدة وكل عام وأنتم بخير.",
    "يعود الدوام الرسمي يوم الأحد القادم.",
)
HEBREW = Paragraph(
    "שלום לכולם, הגינה הקהילתית נפתחת מחדש אחרי החורף. נשמח לראות אתכם ביום השתילה עם כלי עבודה וכפפות. "
    "המפגש הראשון יתקיים ביום שישי בשעה תשע. נדאג לכיבוד קל, ולילדים תהיה פינת יצירה מתחת לעץ התאנה.",
    "המפגש הראשון יתקיים ביום שישי בשעה תשע.",
)
HINDI = Paragraph(
    "सभी अभिभावकों को सूचित किया जाता है कि विद्यालय का वार्षिक उत्सव अगले महीने मनाया "
    "जाएगा। बच्चों की तैयारी "
    "पहले से चल रही है। कार्यक्रम सुबह ग्यारह बजे शुरू होगा। कृपया समय पर पहुँचें और "
    "अपना पहचान पत्र साथ लाएँ।",
    "कार्यक्रम सुबह ग्यारह बजे शुरू होगा।",
)
VIETNAMESE = Paragraph(
    "Kính gửi quý khách, cửa hàng chúng tôi sẽ chuyển sang địa chỉ mới ở quận Bình "
    "Thạnh. Mọi đơn hàng đã đặt "
    "vẫn được giao đúng hẹn. Phí vận chuyển được miễn đến hết tháng chín. Xin cảm ơn quý khách đã tin tưởng.",
    "Phí vận chuyển được miễn đến hết tháng chín.",
)
EMOJI = Paragraph(
    "Party plan 🎉: Zoë brings the cake 🍰, the neighbours 👩‍👩‍👧‍👦 bring chairs. "
    "Music starts when it is dark 🌒. "
    "The code for the gate is 🔑 7‑4‑1‑9. Please do not feed the cat 🐈‍⬛, who has had "
    "enough. Naïve façade, cafe\u0301.",
    "The code for the gate is 🔑 7‑4‑1‑9.",
)
