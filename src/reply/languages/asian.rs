//! Hebrew, Arabic, Persian, Hindi, and the languages of East and South-East Asia.

use super::Language;

pub(super) const LANGUAGES: &[Language] = &[
    Language {
        // Hebrew
        openers: "בתאריך|ביום|ב",
        verbs: "כתב|כתבה|כתב/ה|כתבו|כותב|כותבת|מאת|כתבת",
        quoters: "ציטוט|מצטט את",
        no_names: "אני|אתה|את|הוא|היא|אנחנו|הם|אתמול|מישהו|מי|כמו|אבל|כפי",
        originals: "הודעה מקורית|הודעה שהועברה|תחילת ההודעה שהועברה|ההודעה המקורית|הודעה מועברת|מסר מקורי",
        from: "מאת|שולח|מ",
        sent: "נשלח|תאריך|נשלח ב|נשלחה|נשלח בתאריך",
        to: "אל|עותק|נמען|השב אל|ל|לכבוד|העתק",
        subject: "נושא|הנדון",
        devices: "נשלח מה|נשלח מ|קבל את outlook|הורד את outlook|נשלח דרך|נשלח באמצעות",
        sending: "נשלח",
        below: "למטה|להלן|באדום|בכחול|בגוף המייל|בגוף ההודעה|בין השורות",
    },
    Language {
        // Arabic, Persian, Urdu
        openers: "في|بتاريخ|في تاريخ|يوم|در|در تاریخ|بتاريخ:",
        verbs: "كتب|كتبت|كتب/ت|تمت كتابة ما يلي بواسطة|كتب ما يلي|كتب:|كتبوا|نوشت|نوشته است|نوشته|نوشت:|نے لکھا|تحریر کیا|\
                كتب التالي|كتب(ت)",
        quoters: "اقتباس|نقل از|نقلا عن",
        no_names: "أنا|انا|أنت|هو|هي|نحن|هم|أمس|كما|لكن|من|شخص|من|او|ما|دیروز",
        originals: "الرسالة الأصلية|رسالة معاد توجيهها|رسالة أصلية|الرسالة المعاد توجيهها|بداية الرسالة المعاد توجيهها|\
                    رسالة محولة|پیام اصلی|پیام ارسال شده|پیام فوروارد شده|رسالة مُعاد توجيهها|اصل پیغام|الرسالة الاصلية",
        from: "من|المرسل|از|فرستنده|منجانب",
        sent: "تم الإرسال|التاريخ|أُرسلت|تاريخ الإرسال|ارسال شده|تاریخ|تاريخ|أرسلت|مرسل|تم الارسال|وقت الإرسال",
        to: "إلى|الى|نسخة|المستلم|به|گیرنده|نسخة إلى|رد إلى|رونوشت|بنام",
        subject: "الموضوع|موضوع|عنوان",
        devices: "أرسلت من |مرسل من |أُرسلت من |تم الإرسال من |احصل على outlook|مُرسل من |ارسال شده از |فرستاده شده از |\
                  ارسلت من |تم الارسال من |الحصول على outlook|دریافت outlook",
        sending: "أرسل|مرسل|أُرسل|الإرسال|ارسال|فرستاده|مُرسل|ارسلت",
        below: "أدناه|بالأحمر|باللون|در زیر|پایین|با رنگ|نیچے|سرخ",
    },
    Language {
        // Hindi, Bengali
        openers: "को|दिनांक",
        verbs: "ने लिखा|लिखा|लिखते हैं|লিখেছেন|এ লিখেছেন|ने लिखा था|को लिखा",
        quoters: "उद्धरण",
        no_names: "मैं|मैंने|तुम|आप|वह|हम|कल|किसी|जैसा|আমি",
        originals: "मूल संदेश|अग्रेषित संदेश|मूल मैसेज|ফরোয়ার্ড করা বার্তা|আসল বার্তা|अग्रेषित किया गया संदेश",
        from: "प्रेषक|से|থেকে|की ओर से",
        sent: "भेजा गया|दिनांक|तिथि|তারিখ|तारीख|पाठवले",
        to: "प्रति|को|প্রতি|प्राप्तकर्ता|सेवा में",
        subject: "विषय|বিষয়",
        devices: "मेरे iphone से भेजा|भेजा गया ",
        sending: "भेजा|পাঠানো",
        below: "नीचे|लाल रंग|নিচে|লাল রঙে",
    },
    Language {
        // Japanese
        openers: "",
        verbs: "のメール|のメッセージ|は書きました|さんは書きました|さんが書きました|さんのメール|さんのメッセージ|さん wrote|は言いました|\
                が書きました|さんからのメール|様は書きました|さんは次のように書きました|のメール：|のメール:|氏は書きました|\
                さんの書き込み|より",
        quoters: "引用",
        no_names: "私は|私|僕は|僕|昨日|彼は|彼女は|誰か",
        originals: "元のメッセージ|転送メッセージ|オリジナルメッセージ|元のメール|転送されたメッセージ|元メッセージ|\
                    original message|転送メール|最初のメッセージ|転送されたメール",
        from: "差出人|送信者|発信者|from|発信元",
        sent: "送信日時|日時|送信日|日付|送信|受信日時|送信時刻",
        to: "宛先|ｃｃ|返信先|受信者|宛名|to|cc",
        subject: "件名|題名|タイトル|表題",
        devices: "iphoneから送信|ipadから送信|androidから送信|outlook for android を入手|outlook for ios を入手|\
                  outlook for ios を取得|スマートフォンから送信|携帯から送信|スマホから送信|yahoo!メール",
        sending: "送信|送りました|送付",
        below: "以下に|下記|インライン|赤字|青字|赤で|赤色|文中|行間",
    },
    Language {
        // Chinese, simplified and traditional
        openers: "在|于|於",
        verbs: "写道|寫道|写|写到|寫到|写道：|寫道：|写的|的邮件|说|說道|的来信|来信写道|寫了",
        quoters: "引用|引述",
        no_names: "我|你|他|她|我们|你们|他们|昨天|有人|谁|如|我們|誰",
        originals: "原始邮件|原始郵件|转发的邮件|轉寄的郵件|原邮件|原始信息|转发邮件|轉寄郵件|原始訊息|转发信息|\
                    转发的邮件信息|回复的原邮件|原始邮件信息|转发邮件信息|轉寄訊息|开始转发的邮件|轉寄者|原郵件|已转发邮件|\
                    forwarded message 转发|回复邮件|邮件原件|已轉寄的郵件|开始转发邮件|轉寄的訊息|以下是转发的邮件|來源郵件",
        from: "发件人|寄件者|发自|寄件人|發件人|发信人|發信人|寄信人|发送人",
        sent: "发送时间|日期|發送時間|发送日期|傳送時間|寄件日期|传送时间|发件时间|时间|時間|發送日期|寄送日期",
        to: "收件人|收件者|抄送|副本|抄送人|回复|收信人|答复|回覆|副本抄送|回复至",
        subject: "主题|主旨|標題|主題|标题|题目",
        devices: "发自我的|發自我的|获取 outlook|取得 outlook|获取outlook|发自 |發自 |寄自我的|\
                  发送自 |傳送自 |發送自|下载 outlook|获取适用于|取得適用於|\
                  取得 ios 版 outlook|取得 android 版 outlook",
        sending: "发送|发自|傳送|發送|发出|寄自|發自|传送|来自|寄出",
        below: "见下|下面|如下|下文|红字|红色|蓝色|蓝字|見下|紅字|紅色|藍色|藍字|行内|行內|文中",
    },
    Language {
        // Korean
        openers: "",
        verbs: "작성|님이 작성|님이 쓴 글|씀|님이 작성한 글|님의 메시지|님이 씀|님이 쓴 메시지|님의 메일|작성함|쓴 글|썼습니다|\
                님이 작성함|적음|님의 말",
        quoters: "인용",
        no_names: "나는|내가|제가|저는|너는|당신|그는|그녀는|어제|누군가|우리",
        originals: "원본 메일|원본 메시지|전달된 메시지|원본 이메일|전달된 메일|원본메일|전달한 메시지|전달된 이메일|원래 메시지|\
                    원문 메시지",
        from: "보낸 사람|보낸사람|발신|발신자|보낸이",
        sent: "보낸 날짜|날짜|보낸날짜|보낸 시간|보낸시간|발송일|일시|일자|보냄|전송일",
        to: "받는 사람|받는사람|수신|참조|수신자|받는이|회신 대상",
        subject: "제목",
        devices: "나의 iphone에서 보냄|내 iphone에서 보냄|나의 ipad에서 보냄|android용 outlook|ios용 outlook|\
                  갤럭시에서 보냈|outlook 다운로드",
        sending: "보냄|보냈|전송|발송",
        below: "아래에|아래와|빨간|파란|본문에|본문 중",
    },
    Language {
        // Vietnamese
        openers: "Vào|Ngày|Vào lúc|Vào ngày|Lúc|Vào CN,",
        verbs: "đã viết|viết|đã viết:|đã viết như sau|viết rằng",
        quoters: "Trích dẫn|Trích",
        no_names: "tôi|bạn|anh|chị|ông|bà|hôm qua|ai|như|nhưng|chúng|họ|mình|em",
        originals: "thư gốc|tin nhắn gốc|thư đã chuyển tiếp|thư chuyển tiếp|tin nhắn đã chuyển tiếp|bắt đầu thư được chuyển tiếp|\
                    forwarded message|thông điệp gốc|thư được chuyển tiếp|tin nhắn ban đầu|thư đã được chuyển tiếp",
        from: "từ|người gửi",
        sent: "đã gửi|ngày|ngày gửi|đã gửi vào|gửi lúc|đã gửi lúc|thời gian|gửi",
        to: "đến|tới|người nhận|gửi đến|kính gửi|trả lời|sao gửi|đồng gửi",
        subject: "chủ đề|tiêu đề|v/v",
        devices: "đã gửi từ |được gửi từ |gửi từ |tải outlook|nhận outlook|tải xuống outlook|đã được gửi từ ",
        sending: "gửi từ|đã gửi|được gửi",
        below: "bên dưới|dưới đây|phía dưới|màu đỏ|chữ đỏ|màu xanh|trong bài",
    },
    Language {
        // Indonesian, Malay, Filipino
        openers: "Pada|Pada tanggal|Pada hari|Noong|Tanggal",
        verbs: "menulis|telah menulis|tulis|menuliskan|sumulat|isinulat|ay sumulat|menulis:|wrote",
        quoters: "Mengutip|Memetik|Kutipan",
        no_names: "saya|aku|kamu|anda|dia|kami|kita|mereka|kemarin|semalam|seseorang|siapa|seperti|tetapi|ako|siya",
        originals: "pesan asli|pesan terusan|pesan yang diteruskan|mesej asal|mesej yang dimajukan|pesan diteruskan|\
                    mulai pesan terusan|email asli|orihinal na mensahe|mesej dimajukan|e-mel asal|pesan awal",
        from: "dari|daripada|pengirim|mula kay|mula sa",
        sent: "dikirim|tanggal|terkirim|dihantar|tarikh|ipinadala|tgl|hari",
        to: "kepada|ke|untuk|tembusan|balas ke|para kay|untuk:",
        subject: "perihal|judul|subjek|hal|tajuk|paksa|subyek",
        devices: "dikirim dari |dapatkan outlook|dihantar daripada |dikirim melalui |terkirim dari |ipinadala mula |\
                  dihantar dari |dikirim menggunakan |unduh outlook",
        sending: "dikirim|dihantar|terkirim|ipinadala",
        below: "di bawah|warna merah|merah.|warna biru|sa ibaba|kulay pula",
    },
    Language {
        // Thai
        openers: "เมื่อ|ในวันที่|วันที่|เมื่อวันที่|ใน",
        verbs: "เขียนว่า|เขียน|ได้เขียน|เขียนข้อความว่า|ได้เขียนว่า",
        quoters: "อ้างอิงจาก|อ้างถึง",
        no_names: "ผม|ฉัน|คุณ|เขา|เธอ|เรา|เมื่อวาน|ใคร",
        originals: "ข้อความต้นฉบับ|ข้อความที่ส่งต่อ|ข้อความเดิม|ต้นฉบับข้อความ|ข้อความที่ถูกส่งต่อ|จดหมายต้นฉบับ|เริ่มต้นข้อความที่ส่งต่อ",
        from: "จาก|ผู้ส่ง",
        sent: "ส่ง|วันที่|ส่งเมื่อ|วัน|วันที่ส่ง",
        to: "ถึง|สำเนา|ผู้รับ|ตอบกลับไปที่|สำเนาถึง",
        subject: "เรื่อง|หัวเรื่อง|หัวข้อ",
        devices: "ส่งจาก |ส่งจากiphone|ส่งจาก iphone|รับ outlook|ดาวน์โหลด outlook|ส่งจากของฉัน",
        sending: "ส่งจาก|ถูกส่ง|ส่งโดย",
        below: "ด้านล่าง|ข้างล่าง|สีแดง|สีน้ำเงิน",
    },
];
